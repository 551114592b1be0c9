// The text itself, every character coloured by one unit of a channel [karpathy2015], by what it cost to
// predict, or by how much the loss depends on it.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/analysis/saliency.h"
#include "core/analysis/scores.h"
#include "core/analysis/summary.h"
#include "core/error.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

struct Coloured {
  std::string title;
  std::string caption;
  std::string headline_label;
  Ink ink;
  ColorScale colors;
  std::vector<std::string> characters;
  std::vector<std::pair<double, double>> forced;
  std::vector<double> values, natural;  // natural: empty where nothing is forced
  double (*headline)(std::span<const double>) = nullptr;
};

double deviation_of(std::span<const double> values) {
  const double mean = analysis::mean_of_finite(values);
  std::vector<double> squares;
  for (const double v : values) squares.push_back((v - mean) * (v - mean));
  return std::sqrt(analysis::mean_of_finite(squares));
}

/// The share of the sum that the largest tenth of the values has, one at least.
double share_of_tenth(std::span<const double> values) {
  std::vector<double> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
               [](double v) { return std::isfinite(v); });
  std::sort(sorted.rbegin(), sorted.rend());
  const double all = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  const auto tenth = static_cast<std::ptrdiff_t>((sorted.size() + 9) / 10);
  return std::accumulate(sorted.begin(), sorted.begin() + tenth, 0.0) / all;
}

/// Both with and without rules on one scale.
double greatest_of(const Coloured& by) {
  double most = 0;
  for (const auto* values : {&by.values, &by.natural})
    for (const double v : *values)
      if (std::isfinite(v)) most = std::max(most, v);
  return most > 0 ? most : 1;
}

Coloured by_loss(const Observation& observation) {
  Coloured by;
  by.title = "loss";
  // The next characters are coloured themselves, else the steps at which something was expected.
  const bool of_input = observation.outcome().of_input;
  by.caption = of_input ? "Each character coloured by what it cost to predict; nothing predicts the first, "
                          "which is left out."
                        : fmt::format("Only steps with a {} have a loss; they are coloured by it.",
                                      observation.outcome().name);
  by.forced = forced_steps(observation, observation.text->trace.steps);
  by.headline_label = observation.outcome().mean_score;
  by.ink = {InkRole::accent};
  by.characters = observation.characters();
  for (Index t = 0; of_input && t < observation.steps(); ++t)
    by.characters[static_cast<std::size_t>(t)] = observation.expected(t);
  by.values = analysis::scores(observation, *observation.text);
  if (observation.natural) by.natural = analysis::scores(observation, *observation.natural);
  by.colors = {.map = Colormap::sequential,
               .low = 0,
               .high = greatest_of(by),
               .title = std::string(observation.outcome().score)};
  by.headline = analysis::mean_of_finite;
  return by;
}

Coloured by_saliency(const Observation& observation) {
  Coloured by;
  by.title = "saliency ‖∂L/∂xₜ‖";
  by.caption =
      observation.text->trace.scored == 1
          ? "Each character coloured by the gradient of the loss at one step with respect to it."
          : "Each character coloured by the gradient of the loss, summed over all steps, with respect to it.";
  by.forced = forced_steps(observation, observation.text->trace.steps);
  by.headline_label = "of the saliency on a tenth of the characters";
  by.ink = {InkRole::accent};
  by.characters = observation.characters();
  by.values = analysis::saliency(*observation.network, *observation.text);
  if (observation.natural) by.natural = analysis::saliency(*observation.network, *observation.natural);
  by.colors = {.map = Colormap::sequential, .high = greatest_of(by), .kind = ScaleKind::log, .title = "nats"};
  by.colors.low = *by.colors.high * 1e-4;
  by.headline = share_of_tenth;
  return by;
}

Coloured by_unit(const Observation& observation, const ViewOptions& options) {
  const Tape& tape = tape_of(observation, *observation.text, options);
  const nn::CellInfo& cell = tape.info();
  const int k = !options.channel.empty() ? channel_of(cell, options.channel) : cell.memory();
  const nn::Channel& channel = cell.channels[static_cast<std::size_t>(k)];
  const auto values = tape.values(k);
  if (options.unit) check_unit(tape, *options.unit);
  const std::vector<int> chosen =
      options.unit ? std::vector{*options.unit} : analysis::most_varying_units(*UnitRows(tape, values), 1);
  const int unit = units_or(tape, options, chosen).front();
  Coloured by;
  by.title = fmt::format("{} of unit {}", title_of(channel), unit);
  by.headline_label = fmt::format("{} of the unit over the text",
                                  channel.role == nn::Role::gate ? "mean" : "standard deviation");
  by.ink = {role_of(cell, k)};
  by.characters = observation.characters();
  by.values = unit_values(values, unit, tape.steps());
  if (observation.natural)
    by.natural =
        unit_values(tape_of(observation, *observation.natural, options).values(k), unit, tape.steps());
  const auto scale =
      observation.natural ? tape_of(observation, *observation.natural, options).values(k) : values;
  by.colors = colors_of(channel, {scale.row(unit).eval().data(), 1, scale.cols()});
  by.forced = forced_steps(observation, options, tape, k, unit);
  by.headline = channel.role == nn::Role::gate ? analysis::mean_of_finite : deviation_of;
  return by;
}

Panel strip(const Coloured& by, const std::vector<double>& values, const std::string& suffix,
            const ViewOptions& options) {
  Panel panel{.title = by.title + suffix, .title_ink = by.ink, .empty_text = "no characters yet"};
  TextStrip strip{.name = panel.title, .characters = by.characters, .values = values, .colors = by.colors};
  strip.colors.bar = ColorScale::Bar::compact;
  strip.size = by.characters.size() <= 400 ? 1.4F : 1;
  if (options.frame)
    strip.values.resize(std::min(values.size(), static_cast<std::size_t>(std::max(0, *options.frame + 1))));
  panel.x.counts = Counts::steps;
  panel.marks.push_back(std::move(strip));
  if (options.step) panel.marks.push_back(Cursor{.x = *options.step, .y = {}});
  return panel;
}

}  // namespace

Figure text_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "text");
  if (observation.text->tokens.empty())
    fail("the view text colours what was read character by character, and {} reads values", observation.name);
  if (options.step) check_step(tape_of(observation, *observation.text, options), *options.step);
  const Coloured by = options.channel == "loss"       ? by_loss(observation)
                      : options.channel == "saliency" ? by_saliency(observation)
                                                      : by_unit(observation, options);
  Figure figure;
  figure.title = "Text read by " + where_of(observation, options);
  const bool share = by.headline == share_of_tenth;
  const auto number = [&](const std::vector<double>& values) {
    return share ? percent(by.headline(values)) : quoted(by.headline(values));
  };
  figure.headlines.push_back({number(by.values), by.headline_label});
  figure.panels.push_back(strip(by, by.values, by.natural.empty() ? "" : ", forced", options));
  add_forced(figure.panels.back(), by.forced);
  if (!by.natural.empty()) {
    figure.panels.push_back(strip(by, by.natural, ", natural", options));
    figure.headlines.back().label += ", natural " + number(by.natural);
  }
  figure.caption = sentences({by.caption, forced_sentence(observation)});
  return figure;
}

}  // namespace gatescope::views
