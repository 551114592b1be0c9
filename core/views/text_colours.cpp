#include "core/views/text_colours.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/plot/scale.h"
#include "core/plot/scene.h"

namespace gatescope::views {
namespace {

/// The natural run sets the scale.
double greatest_of(const TextColours& by) {
  double most = 0;
  const auto& values = by.natural ? by.natural : by.values;
  for (const double v : *values)
    if (std::isfinite(v)) most = std::max(most, v);
  return most > 0 ? most : 1;
}

/// By what every step has, of all units together.
TextColours by_step(const Observation& observation, std::string quantity,
                    analysis::Kept<std::vector<double>> (*values)(const Observation&, Run)) {
  TextColours by;
  by.quantity = std::move(quantity);
  by.ink = {InkRole::neutral};
  by.values = values(observation, Run::in_force);
  if (observation.natural) by.natural = values(observation, Run::natural);
  by.colors = {.map = Colormap::sequential, .high = greatest_of(by)};
  by.forced = forced_steps(observation, observation.steps());
  return by;
}

TextColours by_loss(const Observation& observation) {
  TextColours by = by_step(observation, "loss", analysis::scores);
  by.colors.low = 0;
  by.colors.title = std::string(observation.outcome().score);
  return by;
}

TextColours by_saliency(const Observation& observation) {
  TextColours by = by_step(observation, "saliency ‖∂L/∂xₜ‖", analysis::saliency);
  by.colors.low = *by.colors.high * 1e-4;
  by.colors.kind = ScaleKind::log;
  by.colors.title = "nats";
  return by;
}

analysis::Kept<std::vector<double>> unit_of(const Observation& observation, const analysis::Series& series,
                                            int unit) {
  const auto floats = analysis::unit_series(observation, series, unit);
  return std::make_shared<const std::vector<double>>(floats->values.begin(), floats->values.end());
}

TextColours by_channel(const Observation& observation, const ViewOptions& options, NoUnit no_unit) {
  const Tape& tape = tape_of(observation, *observation.sequence, options);
  const nn::CellInfo& cell = tape.info();
  const int k = !options.channel.empty() ? channel_of(cell, options.channel) : cell.memory();
  const nn::Channel& channel = cell.channels[k];
  const analysis::Series series = series_of(options, k);
  TextColours by;
  by.quantity = title_of(channel);
  by.ink = {role_of(cell, k)};
  if (options.unit) check_unit(tape, *options.unit);
  if (no_unit == NoUnit::mean && !options.unit && options.units.empty()) {
    by.whose = fmt::format("mean of {} units", tape.hidden());
    by.values = analysis::unit_means(observation, series);
    if (observation.natural) by.natural = analysis::unit_means(observation, series.natural());
    by.colors = colors_of(observation, options, k);
    by.forced = forced_steps(observation, options, tape, k);
    return by;
  }
  const std::vector<int> chosen =
      options.unit ? std::vector{*options.unit}
      : options.units.empty()
          ? *analysis::most_varying_units(observation, scale_series(observation, options, k), 1)
          : std::vector<int>();
  const int unit = units_or(tape, options, chosen).front();
  by.whose = fmt::format("unit {}", unit);
  by.values = unit_of(observation, series, unit);
  if (observation.natural) by.natural = unit_of(observation, series.natural(), unit);
  by.colors = colors_of(observation, options, k, unit);
  by.forced = forced_steps(observation, options, tape, k, unit);
  return by;
}

}  // namespace

std::optional<int> TextColours::table_index(std::size_t step) const {
  if (!values || step >= values->size()) return std::nullopt;
  const plot::Scale scale{
      .kind = colors.kind, .low = colors.low.value_or(0), .high = colors.high.value_or(1)};
  const double fraction = scale.fraction((*values)[step]);
  if (!std::isfinite(fraction)) return std::nullopt;
  return plot::table_index(static_cast<float>(fraction), 0, 1);
}

TextColours text_colours(const Observation& observation, const ViewOptions& options, NoUnit no_unit) {
  TextColours by = options.channel == "loss"       ? by_loss(observation)
                   : options.channel == "saliency" ? by_saliency(observation)
                                                   : by_channel(observation, options, no_unit);
  if (const auto lens = lens_of(observation, options); lens && by.natural) {
    by.values = std::make_shared<const std::vector<double>>(through_lens(lens, *by.values, *by.natural));
    by.forced = seen_through(lens, by.forced);
  }
  return by;
}

}  // namespace gatescope::views
