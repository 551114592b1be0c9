#pragma once

#include <vector>

#include "core/observe/observation.h"

namespace gatescope::analysis {

/// What each step cost, in the unit of the observation's outcome, (T): the surprisal of what was expected, in
/// bits, or the squared error, averaged over the outputs. Every step at which something was expected has one,
/// whether the trace scored it or not; NaN at the others. `of` is one of the observation's traces.
std::vector<double> scores(const observe::Observation<float>& observation,
                           const trace::SequenceTrace<float>& of);

}  // namespace gatescope::analysis
