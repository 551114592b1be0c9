#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/observe/observation.h"

/// Gradients of one step's loss, which are those that can be followed back through time.
namespace gatescope::analysis {

/// The step whose loss an observation's gradients are of; where they are of a sum, or of none, the chosen
/// step, else the last, or the nearest before it at which something was expected. Throws Error for a chosen
/// step that does not exist.
Index one_loss_step(const observe::Observation<float>& observation, std::optional<Index> chosen);

/// The observations with gradients of one step's loss: the first one's, by which all are compared, else of a
/// model that has none there its own. Where a trace has others, its model reads once more, with the rules
/// and without; that is kept with the observation. Those without a trace stay as they are. Throws Error for a
/// step that does not exist.
std::vector<observe::Observation<float>> with_one_loss(
    std::span<const observe::Observation<float>> observations, std::optional<Index> chosen);

}  // namespace gatescope::analysis
