#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/observe/observation.h"

/// "Memory left": what is left of an old memory, m_s ⊙ Π K_t, where K are the shares that the keep gates let
/// stay. What is written anew does not count: where the memory is wiped, 0 is left, however much comes in.
namespace gatescope::analysis {

/// The mean over the units of |x_t|, (T). `values` are (H, T).
std::vector<double> mean_sizes(const ConstMatrixView<float>& values);

/// The mean of the sizes under the rules over the mean of those without, of steps `from` to before `end`;
/// NaN where there are none. A ratio of sizes, not of contents: what is written anew counts.
double size_ratio(std::span<const double> forced, std::span<const double> natural, Index from, Index end);

/// The first step at which the rules make a difference: the first that one of them forces; 0 where there are
/// none, and of a model that reads backwards too.
Index first_forced_step(const observe::Observation<float>& observation);

/// Whether the cell has gates that say how much of this channel, its memory, stays.
bool keeps_by_gates(const nn::CellInfo& cell, int channel);

/// The memory of one step on its way through the steps after it, in the layer's own direction.
struct OldMemory {
  Index from = 0;             ///< the step whose memory it is: the last that no rule touches, else the first
  Index last = 0;             ///< the last forced step
  std::vector<double> sizes;  ///< mean over the units of what is left after each step, (T); NaN before `from`

  /// The share left after the last forced step of the first `end`; NaN where none is.
  double left(Index end) const;
};

/// Under the keep gates of one tape of the observation, `natural` or not; the memory is that of `natural`.
/// Rules on the memory itself take their share, too: c=0 leaves nothing. None where nothing is forced, or
/// no gate keeps the memory.
std::optional<OldMemory> old_memory(const observe::Observation<float>& observation, int layer,
                                    const nn::LayerTape<float>& tape, const nn::LayerTape<float>& natural,
                                    bool forced);

}  // namespace gatescope::analysis
