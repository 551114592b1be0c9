// How often each gate is all but open or all but closed, one point a unit, as in figure 4 of [karpathy2015].

#include <fmt/format.h>

#include <cmath>

#include "core/analysis/keeps.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

std::vector<int> saturating(const nn::CellInfo& cell, const ViewOptions& options) {
  if (!options.channel.empty()) return {channel_of(cell, options.channel)};
  std::vector<int> gates;
  for (const int k : shown_channels(cell))
    if (is_gate(cell, k)) gates.push_back(k);
  return gates.empty() ? std::vector{cell.hidden()} : gates;
}

double mean(const std::vector<double>& shares) {
  double sum = 0;
  int count = 0;
  for (const double v : shares)
    if (std::isfinite(v)) sum += v, ++count;
  return count > 0 ? sum / count : std::nan("");
}

Panel panel_of(const Observation& observation, const ViewOptions& options, const Tape& tape, int k) {
  const nn::Channel& channel = tape.info().channels[k];
  const auto of = [&](bool natural, bool raw) {
    return analysis::saturation(observation, series_of(options, k, natural, raw));
  };
  const auto kept = of(false, false);
  const analysis::Saturation& all = *kept;
  Panel panel{
      .title = whole_title_of(channel), .title_ink = {role_of(tape.info(), k)}, .empty_text = "no values"};
  const bool gate = channel.role == nn::Role::gate;
  panel.remark = fmt::format("{} {} · {} {}", gate ? "closed" : "low", percent(mean(all.left)),
                             gate ? "open" : "high", percent(mean(all.right)));
  const bool bounded = std::isfinite(channel.high) && std::isfinite(channel.low), one = channel.one_a_unit();
  panel.x = {.title = gate      ? "above 0.9"
                      : bounded ? "in the top tenth"
                                : "saturated above",
             .unit = one ? "share of steps" : "share of its values",
             .low = -0.02,
             .high = 1.02};
  panel.y = {.title = gate      ? "below 0.1"
                      : bounded ? "in the bottom tenth"
                                : "at its least value",
             .unit = one ? "share of steps" : "share of its values",
             .low = -0.02,
             .high = 1.02};
  panel.legend = Legend::automatic;
  panel.marks.push_back(
      Line{.x = {0, 1}, .y = {1, 0}, .ink = {InkRole::muted, 0, 0.7F}, .dash = Dash::dashed, .weight = 0.7F});
  std::vector<int> units = options.units;
  if (units.empty())
    for (int u = 0; u < tape.hidden(); ++u) units.push_back(u);
  const auto scatter = [&](const analysis::Saturation& shares, const std::string& name, const Ink& ink,
                           float size) {
    Scatter points{.name = name, .ink = ink, .size = size};
    for (const int u : units) {
      points.x.push_back(shares.right[u]);
      points.y.push_back(shares.left[u]);
    }
    panel.marks.push_back(std::move(points));
  };
  const bool forced = !forced_steps(observation, options, tape, k).empty();
  if (observation.natural) scatter(*of(true, false), "natural", {InkRole::muted, 0, 0.55F}, 1);
  if (forced && tape.forced())
    scatter(*of(false, true), "before forcing", {role_of(tape.info(), k), 0, 0.6F}, 1);
  scatter(all,
          forced                ? "forced"
          : observation.natural ? "with the rule"
                                : "",
          {forced ? InkRole::forced : role_of(tape.info(), k), 0, 0.7F}, 1.3F);
  panel.points = Points{.counts = Counts::units, .numbers = units};
  for (const int u : units) {
    panel.points->x.push_back(all.right[u]);
    panel.points->y.push_back(all.left[u]);
  }
  if (options.unit) {
    const auto u = static_cast<std::size_t>(*options.unit);
    if (std::isfinite(all.right[u]))
      panel.marks.push_back(
          Note{.x = all.right[u], .y = all.left[u], .text = fmt::format("unit {}", u), .dot = true});
  }
  return panel;
}

}  // namespace

Figure saturation_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "saturation");
  const Tape& tape = tape_of(observation, *observation.sequence, options);
  for (const int unit : options.units) check_unit(tape, unit);
  if (options.unit) check_unit(tape, *options.unit);
  const nn::CellInfo& cell = tape.info();
  const std::vector<int> channels = saturating(cell, options);
  Figure figure;
  figure.title = "Saturation in " + where_of(observation, options);
  figure.columns = static_cast<int>(channels.size());
  figure.share_y = true;
  for (const int k : channels) figure.panels.push_back(panel_of(observation, options, tape, k));
  const int first = channels.front();
  const nn::Channel& channel = cell.channels[first];
  const auto number = [&](bool natural) {
    return percent(mean(analysis::saturation(observation, series_of(options, first, natural))->right));
  };
  std::string label = is_gate(cell, first) ? fmt::format("of {} values above 0.9", channel.name)
                                           : fmt::format("of {} values in its top tenth", channel.name);
  if (observation.natural) label += ", natural " + number(true);
  figure.headlines.push_back({number(false), label});
  std::string several, first_step;
  for (const int k : channels) {
    const nn::Channel& each = cell.channels[k];
    if (!each.one_a_unit())
      several +=
          fmt::format("{}{}", several.empty() ? "All numbers of a unit count in " : " and ", symbol_of(each));
    if (analysis::is_set_at_first(cell, k))
      first_step += fmt::format("{}{}", first_step.empty() ? "The first step does not count in " : " and ",
                                symbol_of(each));
  }
  if (!several.empty()) several += ".";
  if (!first_step.empty()) first_step += ": nothing is there before it, so that it is 1 whatever enters.";
  figure.caption = sentences(
      {is_gate(cell, first)
           ? "One point a unit. Right: open at nearly every step. Top: closed."
           : fmt::format("One point a unit. {} has no gates: the hidden state is shown.", cell.title),
       "The two shares add up to one at most (dashed).", several, first_step, forced_sentence(observation)});
  return figure;
}

}  // namespace gatescope::views
