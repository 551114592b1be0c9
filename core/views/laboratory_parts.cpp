#include "core/views/laboratory_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/state_steps.h"
#include "core/error.h"
#include "core/plot/ticks.h"
#include "core/views/not_shown.h"

namespace gatescope::views {

Index common_step(std::span<const Observation> observations, std::optional<int> chosen,
                  std::string_view view) {
  if (observations.empty()) fail("the view {} needs a model", view);
  Index last = -1;
  for (const Observation& observation : observations) {
    if (!observation.network || observation.steps() == 0) fail("the view {} needs a model and a text", view);
    const Index own = observation.steps() - 1;
    last = last < 0 ? own : std::min(last, own);
  }
  if (chosen && *chosen > last)
    fail("step {} does not exist: the view {} has steps 0 to {}", *chosen, view, last);
  return chosen ? *chosen : last;
}

std::optional<Figure> without_joint_state(std::span<const Observation> observations, const std::string& title,
                                          Index least_steps) {
  for (const Observation& observation : observations) {
    const std::string why = analysis::why_no_joint_state(observation.network->spec());
    if (!why.empty()) return not_shown(title, fmt::format("{}: {}", name_of(observation), why));
    if (observation.steps() < least_steps)
      return not_shown(title, fmt::format("{} read {}: that takes {}", name_of(observation),
                                          counted(observation.steps(), "step", "steps"), least_steps));
  }
  return std::nullopt;
}

std::size_t runs_of(std::span<const Observation> observations) {
  std::size_t runs = 0;
  for (const Observation& observation : observations) runs += observation.natural ? 2 : 1;
  return runs;
}

Axis lag_axis_of(Index step, Index most) {
  Axis axis{.title = "lag",
            .unit = "steps back",
            .low = -0.5,
            .high = static_cast<double>(most) + 0.5,
            .reversed = true,
            .whole = true,
            .counts = Counts::steps};
  for (Index lag = 0; lag <= most; ++lag) axis.numbers.push_back(static_cast<int>(step - lag));
  return axis;
}

std::string times_text(double factor) {
  if (!std::isfinite(factor)) return "not finite";
  if (factor == 0) return "× 0";
  if (factor >= 1e5 || factor < 1e-4)
    return "× " + power_of_ten(static_cast<int>(std::lround(std::log10(factor))));
  return "× " + number_text(factor, 2);
}

}  // namespace gatescope::views
