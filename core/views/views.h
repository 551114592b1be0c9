#pragma once

#include <span>

#include "core/views/view.h"

/// One function a view, one file a function; registry.cpp is their table.
namespace gatescope::views {

Figure gates_view(std::span<const Observation> observations, const ViewOptions& options);
Figure states_view(std::span<const Observation> observations, const ViewOptions& options);
Figure portrait_view(std::span<const Observation> observations, const ViewOptions& options);
Figure gradient_view(std::span<const Observation> observations, const ViewOptions& options);
Figure training_view(std::span<const Observation> observations, const ViewOptions& options);
Figure saturation_view(std::span<const Observation> observations, const ViewOptions& options);
Figure next_view(std::span<const Observation> observations, const ViewOptions& options);
Figure text_view(std::span<const Observation> observations, const ViewOptions& options);
Figure cell_view(std::span<const Observation> observations, const ViewOptions& options);
Figure unrolled_view(std::span<const Observation> observations, const ViewOptions& options);
Figure triangle_view(std::span<const Observation> observations, const ViewOptions& options);
Figure taught_view(std::span<const Observation> observations, const ViewOptions& options);
Figure saliency_view(std::span<const Observation> observations, const ViewOptions& options);
Figure interventions_view(std::span<const Observation> observations, const ViewOptions& options);
Figure diagnoses_view(std::span<const Observation> observations, const ViewOptions& options);
Figure effect_view(std::span<const Observation> observations, const ViewOptions& options);
Figure reach_view(std::span<const Observation> observations, const ViewOptions& options);
Figure gain_map_view(std::span<const Observation> observations, const ViewOptions& options);
Figure lyapunov_view(std::span<const Observation> observations, const ViewOptions& options);
Figure fan_view(std::span<const Observation> observations, const ViewOptions& options);
Figure highway_view(std::span<const Observation> observations, const ViewOptions& options);
Figure conventions_view(std::span<const Observation> observations, const ViewOptions& options);
Figure timescales_view(std::span<const Observation> observations, const ViewOptions& options);
Figure clock_view(std::span<const Observation> observations, const ViewOptions& options);
Figure memory_view(std::span<const Observation> observations, const ViewOptions& options);
Figure parameters_view(std::span<const Observation> observations, const ViewOptions& options);
Figure survival_view(std::span<const Observation> observations, const ViewOptions& options);
Figure over_training_view(std::span<const Observation> observations, const ViewOptions& options);
Figure fixed_points_view(std::span<const Observation> observations, const ViewOptions& options);
Figure attention_view(std::span<const Observation> observations, const ViewOptions& options);
Figure alignment_view(std::span<const Observation> observations, const ViewOptions& options);
Figure links_view(std::span<const Observation> observations, const ViewOptions& options);
Figure lengths_view(std::span<const Observation> observations, const ViewOptions& options);
Figure forecast_view(std::span<const Observation> observations, const ViewOptions& options);
Figure forecast_errors_view(std::span<const Observation> observations, const ViewOptions& options);

}  // namespace gatescope::views
