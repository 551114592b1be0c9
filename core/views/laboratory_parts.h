#pragma once

#include "core/views/gradient_lanes.h"
#include "core/views/laboratory_group.h"
#include "core/views/parts.h"

/// What the laboratory's views of the joint state share.
namespace gatescope::views {

/// The step that such a view is about: the chosen one, else the last that every model reads. Throws Error
/// where there is no model, one has read nothing, or the step does not exist.
Index common_step(std::span<const Observation> observations, std::optional<int> chosen,
                  std::string_view view);
/// Where a model has no joint state, or read fewer steps: the figure that says which, and why.
std::optional<Figure> without_joint_state(std::span<const Observation> observations, const std::string& title,
                                          Index least_steps = 1);

/// How many runs they are: each model's, and where rules are in force the one without them.
std::size_t runs_of(std::span<const Observation> observations);

/// Lags to the left of a step, which is at the right; other views are linked by its steps.
Axis lag_axis_of(Index step, Index most);

/// "× 3.2", "× 0.046", "× 10¹²".
std::string times_text(double factor);

}  // namespace gatescope::views
