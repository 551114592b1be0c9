// What is written in two ways, both on the same weights: the chosen unit as the cell here has it, and as it
// is written elsewhere.

#include "core/analysis/conventions.h"

#include <fmt/format.h>

#include <cmath>

#include "core/views/laboratory_group.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using analysis::Convention;

std::string apart_of(const Convention& one) {
  if (!std::isfinite(one.apart)) return "a number overflows";
  if (one.apart < 1e-5) return "the same";
  return fmt::format("up to {:.2g} apart", one.apart);
}

Panel panel_of(const Convention& one, const Observation& observation, const Tape& tape, int unit) {
  const nn::CellInfo& cell = tape.info();
  const int channel = cell.find(one.quantity);
  const Ink ink{role_of(cell, channel)};
  Panel panel{.title = fmt::format("{}: {} of unit {}", one.title, symbol_of(cell.channels[channel]), unit),
              .title_ink = ink,
              .empty_text = "no steps yet"};
  panel.x = time_axis(observation, tape);
  panel.legend = Legend::automatic;
  panel.remark = apart_of(one);
  panel.marks.push_back(Line{.name = one.elsewhere,
                             .y = analysis::of_unit(one.would_be, unit),
                             .ink = {InkRole::neutral},
                             .dash = Dash::dashed,
                             .weight = 1.4F,
                             .unit = unit});
  panel.marks.push_back(Line{.name = one.here + ", here",
                             .y = analysis::of_unit(one.is, unit),
                             .ink = ink,
                             .weight = 1.8F,
                             .unit = unit});
  return panel;
}

}  // namespace

Figure conventions_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "conventions");
  const std::string title = "Written in two ways, " + where_of(observation, options);
  const nn::CellInfo& cell = observation.network->cell(options.layer);
  if (const std::string why = analysis::why_no_convention(cell); !why.empty())
    return not_shown(title, capitalised(why) + ".");
  const Tape& tape = tape_of(observation, *observation.sequence, options);
  if (options.step) check_step(tape, *options.step);
  if (options.unit) check_unit(tape, *options.unit);
  const int unit = options.unit.value_or(0);
  const auto all = analysis::recall(
      observation, "conventions", {options.layer, options.backward_direction},
      [&] { return analysis::conventions(observation, options.layer, options.backward_direction); });
  Figure figure;
  figure.title = title;
  figure.share_x = true;
  figure.headlines.push_back(
      {apart_of(all->front()), fmt::format("in {} over all units and steps", all->front().quantity)});
  std::string said;
  for (const Convention& one : *all) {
    figure.panels.push_back(panel_of(one, observation, tape, unit));
    if (options.step)
      figure.panels.back().marks.push_back(Cursor{.x = static_cast<double>(*options.step), .y = {}});
    said = sentences({said, one.sentence});
  }
  figure.caption = sentences({"Both on the same weights and the same input.", said,
                              observation.rules.empty() ? "" : "Without the rules."});
  return figure;
}

}  // namespace gatescope::views
