#pragma once

#include <optional>
#include <string>

#include "core/views/view.h"

/// What the views of one prediction share.
namespace gatescope::views {

/// The step the figure is about: the chosen one, the nearest before it at which something was expected, else
/// the nearest after it.
inline std::optional<Index> step_predicted(const Observation& observation, const ViewOptions& options) {
  const Index chosen = options.step ? *options.step : observation.steps() - 1;
  for (Index step = chosen; step >= 0; --step)
    if (observation.sequence->expects(step)) return step;
  for (Index step = chosen; step < observation.steps(); ++step)
    if (observation.sequence->expects(step)) return step;
  return std::nullopt;
}

/// "‘e’", "the value".
inline std::string target_of(const Observation& observation, Index step) {
  const std::string expected = observation.expected(step);
  return expected.empty() ? "what was expected" : "‘" + expected + "’";
}

}  // namespace gatescope::views
