// What one prediction depends on: every character before it by the gradient of that step's loss, and by what
// really happens when it is replaced; and every gate of every step, closed and opened.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/interventions.h"
#include "core/analysis/replacements.h"
#include "core/plot/link.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/prediction_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kReplacingShown = 1.5e9;  // multiplications and additions: a fraction of a second
constexpr Index kMostLookedBack = 200;     // steps of one prediction

/// How many steps before a prediction so many runs of each pay for.
Index steps_looked_back(const Observation& observation, double runs) {
  const double cost = runs * static_cast<double>(observation.network->table().size());
  const double steps = std::sqrt(2 * kReplacingShown / cost);
  return static_cast<Index>(std::clamp(steps, 8.0, static_cast<double>(kMostLookedBack)));
}

/// A share as a person would quote it, however small.
std::string small_percent(double share) {
  if (!std::isfinite(share) || share <= 0 || share >= 0.1) return percent(share);
  return share < 1e-5 ? "< 0.001 %" : fmt::format("{:.2g} %", 100 * share);
}

/// The change of a loss, as a probability where it is one: "2 % → 61 %", else "+0.31".
std::string change_text(const Observation& observation, double log_before, double log_change) {
  if (observation.network->interface().readout == nn::Readout::softmax)
    return fmt::format("{} → {}", small_percent(std::exp(log_before)),
                       small_percent(std::exp(log_before + log_change)));
  return (log_change < 0 ? "−" : "+") + quoted(std::abs(log_change));
}

std::string score_name(const Observation& observation) {
  return observation.network->interface().readout == nn::Readout::softmax ? "log probability (nats)"
                                                                          : "less squared error";
}

std::string score_unit(const Observation& observation) {
  return observation.network->interface().readout == nn::Readout::softmax ? "nats" : "squared error";
}

Line line_of(std::string name, const std::vector<double>& values, Index first, const Ink& ink, Dash dash,
             double sign) {
  Line line{.name = std::move(name), .ink = ink, .dash = dash};
  for (Index t = first; t < std::ssize(values); ++t) {
    line.x.push_back(static_cast<double>(t));
    line.y.push_back(sign * values[t]);
  }
  return line;
}

}  // namespace

Figure saliency_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "saliency");
  const Tape& tape =
      *observation.tape(*observation.sequence, observe::tape_name(observation.network->spec(), 0, false));
  if (options.step) check_step(tape, *options.step);
  const std::string of = "What one prediction depends on, " + name_of(observation);
  if (observation.network->spec().bidirectional) return not_shown(of, kBothDirections);
  const std::optional<Index> predicted = step_predicted(observation, options);
  if (!predicted) return not_shown(of, "nothing was expected");
  const Index step = *predicted;
  const Index back = steps_looked_back(observation, 2);
  const auto kept = analysis::recall(observation, "prediction saliency", {step}, [&] {
    const Index most = analysis::replacements_for(observation, std::min(step, back - 1), kReplacingShown);
    return analysis::prediction_saliency(observation, step, most, nullptr, back);
  });
  const analysis::PredictionSaliency& found = *kept;
  const bool characters = !observation.sequence->tokens.empty();

  Index at = found.first;
  for (Index t = found.first; t <= step; ++t)
    if (std::abs(found.strongest[t]) > std::abs(found.strongest[at])) at = t;
  const auto where = static_cast<std::size_t>(at);
  Figure figure;
  figure.title = fmt::format("What the prediction of {} at step {} depends on, {}",
                             target_of(observation, step), step, name_of(observation));
  const double before = -static_cast<double>(observation.sequence->trace.loss[step]);
  const bool scored = std::isfinite(before);
  figure.headlines.push_back(
      {scored ? change_text(observation, before, -found.strongest[where]) : quoted(found.strongest[where]),
       characters
           ? fmt::format("its probability with ‘{}’ in place of ‘{}’ at step {}",
                         observation.alphabet.input(found.strongest_other[where]), observation.read(at), at)
           : fmt::format("the score with zeros at step {}", at)});
  figure.share_x = true;
  const auto bare = [&](std::string title) {
    Panel panel{.title = std::move(title), .empty_text = "no steps yet"};
    panel.x = time_axis(observation, tape);
    if (options.step) panel.marks.push_back(Cursor{.x = *options.step, .y = {}});
    return panel;
  };
  Panel strongest = bare(characters ? "the replacement that changes it most" : "values replaced by zeros");
  strongest.y = {.title = "change (" + score_unit(observation) + ")"};
  strongest.marks.push_back(
      line_of("measured", found.strongest, found.first, {InkRole::neutral}, Dash::solid, -1));
  std::get<Line>(strongest.marks.back()).marker = Marker::disc;
  strongest.marks.push_back(
      line_of("by the gradient", found.strongest_predicted, found.first, {InkRole::muted}, Dash::dashed, -1));
  figure.panels.push_back(std::move(strongest));
  if (characters) {
    Panel mean = bare(fmt::format("mean over {} replacements", std::ssize(found.others) - 1));
    mean.y = {.title = "change (" + score_unit(observation) + ")"};
    mean.marks.push_back(line_of("measured", found.mean, found.first, {InkRole::neutral}, Dash::solid, -1));
    mean.marks.push_back(
        line_of("by the gradient", found.predicted, found.first, {InkRole::muted}, Dash::dashed, -1));
    mean.legend = Legend::none;
    figure.panels.push_back(std::move(mean));
  }
  Panel gradient = bare("gradient × input of this one loss");
  gradient.y = {.title = "∂L/∂xₜ · xₜ"};
  gradient.legend = Legend::none;
  gradient.marks.push_back(
      line_of("gradient × input", found.times_input, found.first, {InkRole::muted}, Dash::solid, 1));
  figure.panels.push_back(std::move(gradient));
  figure.caption = sentences(
      {characters
           ? "Each character before the prediction is replaced by others and the text read again: below "
             "zero the prediction gets worse."
           : "Each step's values are replaced by zeros and the sequence is read again.",
       "Dashed: what the gradient alone would say.",
       found.first > 0 ? fmt::format("The last {} steps.", back) : std::string(),
       forced_sentence(observation)});
  return figure;
}

Figure interventions_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "interventions");
  const Tape& tape = tape_of(observation, *observation.sequence, options);
  if (options.step) check_step(tape, *options.step);
  const nn::CellInfo& cell = tape.info();
  const std::string of = "What if, " + where_of(observation, options);
  if (observation.network->spec().bidirectional) return not_shown(of, kBothDirections);
  if (!analysis::why_no_interventions(cell, observation.network->spec()).empty())
    return not_shown(of, fmt::format("{} has no gates", cell.title));
  const std::optional<Index> predicted = step_predicted(observation, options);
  if (!predicted) return not_shown(of, "nothing was expected");
  const Index step = *predicted;
  const Index back = steps_looked_back(observation, 6);
  const auto kept = analysis::recall(observation, "interventions", {step, options.layer}, [&] {
    return analysis::interventions<float>(observation, step, options.layer, nullptr, back);
  });
  const analysis::Interventions& found = *kept;

  // What a gate does at the step of the prediction itself says little of memory, and would set the scale.
  const Index last = std::max(found.first, step - 1);
  double most = 0;
  Index gate = 0, at = last;
  bool open = false;
  for (const bool opened : {false, true}) {
    const Eigen::MatrixXd& changes = opened ? found.opened : found.closed;
    for (Index g = 0; g < changes.rows(); ++g)
      for (Index t = found.first; t <= last; ++t)
        if (std::abs(changes(g, t)) > std::abs(most)) most = changes(g, t), gate = g, at = t, open = opened;
  }
  const nn::Channel& strongest = cell.channels[found.gates[gate]];
  Figure figure;
  figure.title = fmt::format("What if: the prediction of {} at step {}, {}", target_of(observation, step),
                             step, where_of(observation, options));
  figure.headlines.push_back(
      {change_text(observation, found.without, most),
       fmt::format("with the {} {} at step {} alone", strongest.name, open ? "open" : "closed", at)});
  figure.share_x = true;
  const double high = std::max(std::abs(most), 1e-12);
  for (const bool opened : {false, true}) {
    const Eigen::MatrixXd& changes = opened ? found.opened : found.closed;
    Panel panel{.title = opened ? "opened: every unit of the gate is 1 at that step"
                                : "closed: every unit of the gate is 0 at that step"};
    panel.x = time_axis(observation, tape);
    panel.y = {.whole = true};
    const Index columns = step + 1 - found.first;
    std::vector<float> values;
    for (Index t = found.first; t <= step; ++t)
      for (Index g = 0; g < changes.rows(); ++g) values.push_back(static_cast<float>(changes(g, t)));
    for (Index g = 0; g < changes.rows(); ++g)
      panel.y.ticks.push_back({static_cast<double>(g), std::string(cell.channels[found.gates[g]].name)});
    ColorScale colors = signed_colors();
    colors.low = -high, colors.high = high;
    colors.title = "change of the " + score_name(observation);
    panel.marks.push_back(Heatmap{.name = opened ? "opened" : "closed",
                                  .values = {static_cast<int>(changes.rows()), static_cast<int>(columns),
                                             std::move(values), Matrix::Order::column_major},
                                  .colors = colors,
                                  .x0 = static_cast<double>(found.first)});
    panel.marks.push_back(Cursor{.x = step, .y = {}});
    figure.panels.push_back(std::move(panel));
  }
  figure.caption = sentences(
      {"Each cell is a run of its own: one gate set at one step, everything after it as it follows.",
       fmt::format("As it is, the {}.", observation.network->interface().readout == nn::Readout::softmax
                                            ? "probability is " + small_percent(std::exp(found.without))
                                            : "squared error is " + quoted(-found.without)),
       found.first > 0 ? fmt::format("The last {} steps.", back) : std::string(),
       forced_sentence(observation)});
  return figure;
}

}  // namespace gatescope::views
