#pragma once

#include <span>
#include <vector>

#include "core/observe/observation.h"

/// "Memory left": what rules leave of a state's size. It is a ratio of sizes, not of contents: what is
/// written anew after a state was cleared counts as well.
namespace gatescope::analysis {

/// The mean over the units of |x_t|, (T). `values` are (H, T).
std::vector<double> mean_sizes(const ConstMatrixView<float>& values);

/// The mean of the sizes under the rules over the mean of those without, of steps `from` to before `end`;
/// NaN where there are none.
double size_left(std::span<const double> forced, std::span<const double> natural, Index from, Index end);

/// The first step at which the rules make a difference: the first that one of them forces; 0 where there are
/// none, and of a model that reads backwards too.
Index first_forced_step(const observe::Observation<float>& observation);

}  // namespace gatescope::analysis
