// The text itself, every character coloured by one unit of a channel [karpathy2015], by what it cost to
// predict, or by how much the loss depends on it.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/analysis/summary.h"
#include "core/error.h"
#include "core/views/text_colours.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

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

using Headliner = double (*)(std::span<const double>);

/// What is told about the whole text in one number.
struct Told {
  std::string caption, label;
  Headliner headline = nullptr;
};

Told told_of(const Observation& observation, const ViewOptions& options) {
  if (options.channel == "loss") {
    // The next characters are coloured themselves, else the steps at which something was expected.
    return {observation.outcome().of_input
                ? "Each character coloured by what it cost to predict; nothing predicts the first, "
                  "which is left out."
                : fmt::format("Only steps with a {} have a loss; they are coloured by it.",
                              observation.outcome().name),
            std::string(observation.outcome().mean_score), analysis::mean_of_finite};
  }
  if (options.channel == "saliency") {
    return {observation.sequence->trace.scored == 1
                ? "Each character coloured by the gradient of the loss at one step with respect to it."
                : "Each character coloured by the gradient of the loss, summed over all steps, with respect "
                  "to it.",
            "of the saliency on a tenth of the characters", share_of_tenth};
  }
  const nn::CellInfo& cell = observation.network->cell(options.layer);
  const int k = !options.channel.empty() ? channel_of(cell, options.channel) : cell.memory();
  const bool gate = cell.channels[k].role == nn::Role::gate;
  return {"", fmt::format("{} of the unit over the text", gate ? "mean" : "standard deviation"),
          gate ? Headliner{analysis::mean_of_finite} : Headliner{deviation_of}};
}

std::vector<std::string> characters_of(const Observation& observation, const ViewOptions& options) {
  std::vector<std::string> characters = observation.characters();
  if (options.channel != "loss" || !observation.outcome().of_input) return characters;
  for (Index t = 0; t < observation.steps(); ++t) characters[t] = observation.expected(t);
  return characters;
}

Panel strip(const TextColours& by, const std::vector<std::string>& characters,
            const std::vector<double>& values, const std::string& suffix, const ViewOptions& options) {
  const std::string title = by.whose.empty() ? by.quantity : fmt::format("{} of {}", by.quantity, by.whose);
  Panel panel{.title = title + suffix, .title_ink = by.ink, .empty_text = "no characters yet"};
  TextStrip strip{.name = panel.title, .characters = characters, .values = values, .colors = by.colors};
  strip.colors.bar = ColorScale::Bar::compact;
  strip.size = characters.size() <= 400 ? 1.4F : 1;
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
  if (observation.sequence->tokens.empty())
    fail("the view text colours what was read character by character, and {} reads values", observation.name);
  if (options.step) check_step(tape_of(observation, *observation.sequence, options), *options.step);
  const TextColours by = text_colours(observation, options, NoUnit::most_varying);
  const Told told = told_of(observation, options);
  const std::vector<std::string> characters = characters_of(observation, options);
  Figure figure;
  figure.title = "Text read by " + where_of(observation, options);
  const bool share = told.headline == share_of_tenth;
  const auto number = [&](const std::vector<double>& values) {
    return share ? percent(told.headline(values)) : quoted(told.headline(values));
  };
  figure.headlines.push_back({number(*by.values), told.label});
  figure.panels.push_back(strip(by, characters, *by.values, by.natural ? ", forced" : "", options));
  add_forced(figure.panels.back(), by.forced);
  if (by.natural) {
    figure.panels.push_back(strip(by, characters, *by.natural, ", natural", options));
    figure.headlines.back().label += ", natural " + number(*by.natural);
  }
  figure.caption =
      sentences({told.caption, forced_sentence(observation), lens_sentence(lens_of(observation, options))});
  return figure;
}

}  // namespace gatescope::views
