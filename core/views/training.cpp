// Learning curves: the loss in the unit of its task, on the training text and held out, and the gradient's
// norm before and after clipping [pascanu2013]. Several models told apart by colour and line style.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/train/overfitting.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

Line curve(const Observation& observation, const std::string& name, const Ink& ink, Dash dash,
           std::optional<double> (*value)(const train::MetricsRow&), double factor) {
  Line line{.name = name, .ink = ink, .dash = dash};
  for (const train::MetricsRow& row : observation.metrics) {
    const auto y = value(row);
    if (!y) continue;
    line.x.push_back(static_cast<double>(row.update));
    line.y.push_back(*y * factor);
  }
  return line;
}

/// The training that the model was led away from: dimmer, and where it ended.
void add_left(std::span<const Observation> present, std::size_t k, std::span<const Observation> left,
              const task::Outcome& outcome, Panel& panel) {
  const Ink own = model_ink(present, k), ink{own.role, own.index, 0.45F};
  const std::string name = present[k].name + " before";
  const auto each = std::ranges::find(left, present[k].name, &Observation::name);
  if (each == left.end() || each->metrics.empty()) return;
  Line line = curve(
      *each, name, ink, Dash::dotted, [](const train::MetricsRow& r) { return r.held_out; }, outcome.factor);
  const bool held_out = !line.y.empty();
  if (!held_out)
    line = curve(
        *each, name, ink, Dash::dotted, [](const train::MetricsRow& r) { return std::optional(r.loss); },
        outcome.factor);
  const double end = line.y.back();
  panel.marks.push_back(std::move(line));
  panel.marks.push_back(Rule{.at = end,
                             .vertical = false,
                             .label = fmt::format("{}: {}{}", name, quoted(end), held_out ? " held out" : ""),
                             .ink = ink});
}

void add_overfitting(const Observation& observation, std::size_t models, Panel& panel) {
  const double least_rise = observation.outcome().has_probabilities ? train::kLeastRiseInNats : 0;
  const auto standing = train::held_out_standing(observation.metrics, least_rise);
  if (!standing || !standing->overfitting) return;
  panel.marks.push_back(Rule{
      .at = static_cast<double>(standing->best_update),
      .label = fmt::format("{}overfitting since {}", models > 1 ? name_of(observation) + ": " : std::string(),
                           standing->best_update)});
}

/// How well one does without looking, and a tenth of that, which counts as solved here: whatever the task, it
/// is right in nearly all its cases then. Where it is a forecast's error, nothing counts as solved.
void add_levels(std::span<const Observation> observations, const task::Outcome& outcome, Panel& panel) {
  const std::optional<double> chance = observations[0].alphabet.chance;
  const bool same = std::ranges::all_of(
      observations, [&](const Observation& each) { return each.alphabet.chance == chance; });
  if (!chance || !same || observations[0].metrics.empty()) return;
  const bool is_chance = observations[0].alphabet.chance_name == "chance";
  for (const auto& [level, what] : {std::pair{*chance, std::string(observations[0].alphabet.chance_name)},
                                    {is_chance ? *chance / 10 : std::nan(""), "solved, a tenth of chance"}}) {
    if (std::isnan(level)) continue;
    panel.marks.push_back(Rule{.at = level * outcome.factor,
                               .vertical = false,
                               .label = fmt::format("{}: {}", what, quoted(level * outcome.factor)),
                               .dash = Dash::dotted});
  }
}

Panel losses(std::span<const Observation> observations, std::span<const Observation> left,
             const task::Outcome& outcome) {
  Panel panel{.title = "loss",
              .x = {.title = "update", .whole = true, .counts = Counts::updates},
              .empty_text = "no updates yet"};
  panel.y = {.title = "loss", .unit = std::string(outcome.mean_score)};
  for (std::size_t k = 0; k < observations.size(); ++k) {
    const Ink ink = model_ink(observations, k);
    Line train = curve(
        observations[k], name_of(observations[k]) + ", training", {ink.role, ink.index, 0.55F}, model_dash(k),
        [](const train::MetricsRow& r) { return std::optional(r.loss); }, outcome.factor);
    train.weight = 0.7F;
    Line held_out = curve(
        observations[k], name_of(observations[k]) + ", held out", ink, model_dash(k),
        [](const train::MetricsRow& r) { return r.held_out; }, outcome.factor);
    held_out.weight = 1.4F;
    held_out.marker = Marker::disc;
    panel.marks.push_back(std::move(train));
    if (!held_out.y.empty()) panel.marks.push_back(std::move(held_out));
  }
  add_levels(observations, outcome, panel);
  for (std::size_t k = 0; k < observations.size(); ++k) add_left(observations, k, left, outcome, panel);
  for (const Observation& observation : observations)
    add_overfitting(observation, observations.size(), panel);
  return panel;
}

/// Of pairs how many held-out targets are right as a whole; no marks where nobody has measured that.
Panel exact_matches(std::span<const Observation> observations) {
  Panel panel{.title = "held-out targets that are right",
              .x = {.title = "update", .whole = true, .counts = Counts::updates},
              .height = 0.7F};
  panel.y = {.title = "share", .low = 0, .high = 1.05};
  for (std::size_t k = 0; k < observations.size(); ++k) {
    Line line = curve(
        observations[k], name_of(observations[k]), model_ink(observations, k), model_dash(k),
        [](const train::MetricsRow& r) { return r.exact_match; }, 1);
    line.marker = Marker::disc;
    if (!line.y.empty()) panel.marks.push_back(std::move(line));
  }
  return panel;
}

Panel norms(std::span<const Observation> observations) {
  Panel panel{.title = "gradient norm",
              .x = {.title = "update", .whole = true, .counts = Counts::updates},
              .height = 0.7F,
              .empty_text = "no updates yet"};
  panel.y = {.title = "‖∂L/∂θ‖", .kind = ScaleKind::log};
  for (std::size_t k = 0; k < observations.size(); ++k) {
    const Ink ink = model_ink(observations, k);
    Line before = curve(
        observations[k], name_of(observations[k]), ink, model_dash(k),
        [](const train::MetricsRow& r) { return std::optional(r.norm_before); }, 1);
    before.weight = 0.8F;
    panel.marks.push_back(std::move(before));
    const bool clipped = std::any_of(observations[k].metrics.begin(), observations[k].metrics.end(),
                                     [](const train::MetricsRow& r) { return r.norm_after < r.norm_before; });
    if (!clipped) continue;
    Line after = curve(
        observations[k], name_of(observations[k]) + ", clipped", {ink.role, ink.index, 0.6F}, Dash::dotted,
        [](const train::MetricsRow& r) { return std::optional(r.norm_after); }, 1);
    after.weight = 0.8F;
    panel.marks.push_back(std::move(after));
  }
  return panel;
}

}  // namespace

Figure training_view(std::span<const Observation> all, const ViewOptions&) {
  if (all.empty()) fail("the view training needs a model");
  const auto present = static_cast<std::size_t>(std::ranges::find_if(all, &Observation::left) - all.begin());
  // Without their models, trainings that were left are models like any.
  const auto observations = present == 0 ? all : all.first(present);
  const auto left = all.subspan(observations.size());
  const task::Outcome& outcome = observations[0].outcome();
  Figure figure;
  figure.title = "Training";
  figure.share_x = true;
  figure.panels = {losses(observations, left, outcome), norms(observations)};
  if (Panel exact = exact_matches(observations); !exact.marks.empty())
    figure.panels.insert(figure.panels.begin() + 1, std::move(exact));
  double last_update = 0;
  for (const Observation& observation : all)
    if (!observation.metrics.empty())
      last_update = std::max(last_update, static_cast<double>(observation.metrics.back().update));
  for (Panel& panel : figure.panels) {
    panel.x.low = 0;
    if (last_update > 0) panel.x.high = last_update * 1.012;  // the last marker whole
  }
  for (const Observation& observation : observations) {
    const auto& rows = observation.metrics;
    const auto last =
        std::find_if(rows.rbegin(), rows.rend(), [](const auto& r) { return r.held_out.has_value(); });
    const bool held_out = last != rows.rend();
    const double loss = held_out ? *last->held_out : rows.empty() ? std::nan("") : rows.back().loss;
    figure.headlines.push_back(
        {quoted(loss * outcome.factor),
         std::string(outcome.score) + ", " + name_of(observation) + (held_out ? " held out" : " training")});
  }
  return figure;
}

}  // namespace gatescope::views
