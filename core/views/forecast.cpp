// What a network forecasts from one step on, beside what came, what needs no network, and its gates
// meanwhile; and how good its forecasts are, row by row ahead, over many origins [hyndman2021].

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/analysis/forecasts.h"
#include "core/views/laboratory_parts.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using analysis::ColumnQuality;
using analysis::ForecastQuality;
using series::Windows;

constexpr Index kMostColumns = 3;

/// Of a baseline's line.
Dash dash_of(std::string_view baseline) {
  return baseline == name_of(series::Baseline::naive)      ? Dash::dashed
         : baseline == name_of(series::Baseline::seasonal) ? Dash::dotted
                                                           : Dash::dash_dotted;
}

analysis::Kept<ForecastQuality> quality_of(const Observation& observation) {
  return analysis::recall(observation, "forecast quality", {}, [&] {
    return analysis::forecast_quality(*observation.network, *observation.alphabet.series);
  });
}

/// The network as it is without rules.
std::shared_ptr<const nn::Network<float>> unforced(const Observation& observation) {
  auto copy =
      std::make_shared<nn::Network<float>>(observation.network->spec(), observation.network->interface());
  copy->parameters() = observation.network->parameters();
  copy->prepare_all();
  return copy;
}

Headline skill_of(const ColumnQuality& column, const ForecastQuality& quality) {
  const std::string over = fmt::format("mean error of {} ahead, {}", counted(quality.horizon, "row", "rows"),
                                       counted(std::ssize(quality.origins), "origin", "origins"));
  if (!std::isfinite(column.skill)) return {"–", over};
  const double share = std::round(100 * std::abs(column.skill));
  if (share < 1) return {"as good as naive", over};
  return {fmt::format("{:.0f} % {} than naive", share, column.skill > 0 ? "better" : "worse"), over};
}

Headline lag_of(const ColumnQuality& column) {
  if (!column.best_lag) return {"–", "nothing to compare"};
  const std::string value = fmt::format("lag {}", *column.best_lag);
  switch (*column.best_lag) {
    case 0:
      return {value, "one row ahead it is nearest to the row itself"};
    case 1:
      return {value, "one row ahead it is a copy of the last value"};
    default:
      return {value, fmt::format("one row ahead it is nearest to {} rows before", *column.best_lag)};
  }
}

/// What does better than the network without one, where something does.
std::string better_sentence(const ColumnQuality& column) {
  const auto error = [](const ColumnQuality::Method& method) { return method.all.mean_absolute; };
  const auto best = std::ranges::min_element(column.methods, {}, error);
  if (best == column.methods.end() || best == column.methods.begin() || best->name == "naive") return "";
  return fmt::format("{} is better: its mean error is {}, the network’s {}.",
                     capitalised(std::string(best->name)), quoted(error(*best)),
                     quoted(error(column.methods[0])));
}

/// Whether errors of both can stand on one scale.
bool alike(const Windows& one, const Windows& other) {
  return one.series().title == other.series().title && one.split() == other.split() &&
         one.cut().horizon == other.cut().horizon && one.series().columns == other.series().columns &&
         one.series().given == other.series().given;
}

/// Why a figure of forecasts is not there; empty where it is.
std::string why_no_forecast(const Observation& observation) {
  if (!observation.alphabet.series) return "it did not learn a series, or that is not found any more";
  const nn::Interface& interface = observation.network->interface();
  const Windows& windows = *observation.alphabet.series;
  if (interface.input != nn::InputKind::values || interface.inputs != windows.inputs() ||
      interface.outputs != windows.outputs())
    return "it reads another number of columns than the series has";
  return "";
}

class ForecastView {
 public:
  ForecastView(const Observation& observation, const ViewOptions& options, Index place)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        windows_(*observation.alphabet.series),
        place_(place),
        quality_(quality_of(observation)) {
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) check_unit(tape_, *options.unit);
    const Index step =
        options.step.value_or(static_cast<int>(std::min(windows_.cut().window, tape_.steps()) - 1));
    origin_ = place_ + step + 1;
    forecasts_ = run(*observation.network, false);
    if (observation.natural) naturals_ = run(*unforced(observation), true);
    high_ = std::max(static_cast<double>(tape_.steps()), at(origin_ + horizon() - 1)) + 0.5;
  }

  Figure make() const {
    const series::Series& series = windows_.series();
    Figure figure;
    figure.title = fmt::format("Forecast of {}, {}", series.title, name_of(observation_));
    const ColumnQuality& first = quality_->columns.front();
    figure.headlines = {skill_of(first, *quality_), lag_of(first)};
    figure.share_x = true;
    for (Index v = 0; v < std::min(kMostColumns, windows_.outputs()); ++v) figure.panels.push_back(rows(v));
    figure.panels.push_back(feed());
    figure.panels.push_back(gates());
    figure.panels.back().x.title = time_title();
    const Index left = windows_.outputs() - kMostColumns;
    figure.caption = sentences(
        {fmt::format("From {} on the network reads its own forecasts.", series.time(origin_)),
         better_sentence(first), band_sentence(first),
         left > 0 ? fmt::format("The first {} of {} columns are shown.", kMostColumns, windows_.outputs())
                  : "",
         series.missing() > 0 ? fmt::format("Gaps: {} missing in the series.",
                                            counted(series.missing(), "value is", "values are"))
                              : "",
         forced_sentence(observation_)});
    return figure;
  }

 private:
  Index horizon() const { return windows_.cut().horizon; }
  double at(Index row) const { return static_cast<double>(row - place_); }

  analysis::Kept<analysis::Forecasts> run(const nn::Network<float>& network, bool natural) const {
    return analysis::recall(observation_, "forecast", {origin_, natural}, [&] {
      const Index origins[] = {origin_};
      return analysis::free_run(network, windows_, origins, origin_ - place_, horizon());
    });
  }

  std::string time_title() const { return windows_.series().times.empty() ? "row" : "time"; }

  Axis axis() const {
    Axis x{.title = "", .low = -0.5, .high = high_, .whole = true, .counts = Counts::steps};
    const auto last = static_cast<Index>(high_);
    const Index apart = std::max<Index>(1, (last + 7) / 8);
    for (Index t = 0; t <= last; t += apart)
      x.ticks.push_back({static_cast<double>(t), windows_.series().time(place_ + t)});
    return x;
  }

  Panel bare(std::string title) const {
    Panel panel{.title = std::move(title), .x = axis(), .empty_text = "no rows yet"};
    add_forced(panel, forced_steps(observation_, static_cast<Index>(high_)));
    return panel;
  }

  /// Whether it reads as many rows before as those forecasts that the band is made of, at least.
  bool is_usual() const { return origin_ - place_ >= windows_.cut().window; }

  /// A line of what is forecast, begun at the last known row.
  Line onward(std::string name, Index column, const std::vector<double>& rows, Ink ink, Dash dash,
              float weight) const {
    Line line{.name = std::move(name), .ink = ink, .dash = dash, .weight = weight};
    line.x.push_back(at(origin_ - 1));
    line.y.push_back(windows_.filled(origin_ - 1, column));
    for (std::size_t h = 0; h < rows.size(); ++h) {
      line.x.push_back(at(origin_ + static_cast<Index>(h)));
      line.y.push_back(rows[h]);
    }
    return line;
  }
  /// What it tells of the next row at every step, while it reads the true ones.
  Line one_ahead(Index v) const {
    const Index column = windows_.told(v);
    Line line{
        .name = "one row ahead", .ink = {InkRole::accent, 0, 0.7F}, .dash = Dash::dotted, .weight = 1.3F};
    for (Index t = 0; t < tape_.steps(); ++t) {
      const auto told = static_cast<double>(observation_.sequence->trace.outputs(v, t));
      line.x.push_back(static_cast<double>(t + 1));
      line.y.push_back(windows_.scale(column).value(told, windows_.filled(place_ + t, column)));
    }
    return line;
  }
  static std::vector<double> of_column(const analysis::Forecasts& forecasts, Index v) {
    std::vector<double> rows;
    for (Index h = 0; h < forecasts.horizon(); ++h) rows.push_back(forecasts.at(v, h, 0));
    return rows;
  }

  Ink own() const { return observation_.natural ? Ink{InkRole::forced} : Ink{InkRole::accent}; }

  Panel rows(Index v) const {
    const Index column = windows_.told(v);
    const series::Series& series = windows_.series();
    const std::string name = series.columns[static_cast<std::size_t>(column)];
    Panel panel = bare(name);
    panel.y = {.title = windows_.outputs() > 1 ? "" : name};
    panel.height = windows_.outputs() > 1 ? 1.4F : 2.6F;
    panel.legend = v == 0 ? Legend::above : Legend::none;
    const std::vector<double> forecast = of_column(*forecasts_, v);
    const ColumnQuality& quality = quality_->columns[static_cast<std::size_t>(v)];
    Band band{.name = fmt::format("{:.0f} % band", 100 * analysis::kCoverage),
              .ink = {InkRole::accent},
              .opacity = 0.16F};
    for (Index h = 0; is_usual() && h < horizon(); ++h) {
      const auto& distance = quality.distance[static_cast<std::size_t>(h)];
      if (!distance) continue;
      const double middle = forecast[static_cast<std::size_t>(h)];
      band.x.push_back(at(origin_ + h));
      band.low.push_back(middle - *distance);
      band.high.push_back(middle + *distance);
    }
    if (!band.x.empty()) panel.marks.push_back(std::move(band));
    Line seen{.name = "the series", .ink = {InkRole::neutral}, .weight = 1.3F};
    const Index last = std::min(static_cast<Index>(high_) + place_, windows_.series().rows() - 1);
    for (Index row = place_; row <= last; ++row)
      seen.x.push_back(at(row)), seen.y.push_back(windows_.series().at(row, column));
    panel.marks.push_back(std::move(seen));
    panel.marks.push_back(one_ahead(v));
    for (const series::Baseline baseline : series::kBaselines)
      if (series::is_there(baseline, windows_))
        panel.marks.push_back(onward(std::string(name_of(baseline)), column,
                                     series::forecast(baseline, windows_, column, origin_), {InkRole::muted},
                                     dash_of(name_of(baseline)), 1));
    if (naturals_)
      panel.marks.push_back(onward("forecast, natural", column, of_column(*naturals_, v), {InkRole::accent},
                                   Dash::solid, 1.4F));
    panel.marks.push_back(
        onward(naturals_ ? "forecast, forced" : "forecast", column, forecast, own(), Dash::solid, 2.2F));
    panel.marks.push_back(Rule{.at = at(origin_ - 1), .label = v == 0 ? "forecast from here" : ""});
    return panel;
  }

  Panel feed() const {
    Panel panel = bare("who feeds the network");
    panel.height = 0.8F;
    panel.y = {.low = -0.15, .high = 1.15, .grid = false, .ticks = {{0, "itself"}, {1, "series"}}};
    panel.legend = Legend::none;
    Line line{.name = "feed", .ink = {InkRole::neutral}, .weight = 1.8F};
    const double turn = at(origin_) - 0.5;
    line.x = {-0.5, turn, turn, at(origin_ + horizon() - 1)};
    line.y = {1, 1, 0, 0};
    panel.marks.push_back(std::move(line));
    return panel;
  }

  /// Of a unit, or the mean of all: the gates in the run that feeds itself; of cells without any the state.
  Panel gates() const {
    const nn::CellInfo& cell = tape_.info();
    const auto kept = analysis::recall(
        observation_, "trace of a forecast", {origin_},
        [&] {
          return analysis::trace_of_free_run(*observation_.network, windows_, place_, origin_, horizon());
        },
        4);
    const Tape& tape =
        *observation_.tape(*kept, observe::tape_name(observation_.network->spec(), options_.layer, false));
    std::vector<int> channels;
    for (const int channel : shown_channels(cell))
      if (is_gate(cell, channel) && cell.channels[channel].one_a_unit()) channels.push_back(channel);
    const bool of_state = channels.empty();
    if (of_state) channels.push_back(cell.hidden());
    const std::string whose =
        options_.unit ? fmt::format("unit {}", *options_.unit) : std::string("mean of all units");
    Panel panel = bare(fmt::format("{}, {}", of_state ? "hidden state" : "gates", whose));
    panel.height = 1.1F;
    panel.legend = Legend::above;
    if (!of_state) panel.y = {.low = 0, .high = 1};
    for (const int channel : channels) {
      Line line{
          .name = std::string(cell.channels[channel].name), .ink = {role_of(cell, channel)}, .weight = 1.6F};
      const auto values = tape.values(channel);
      for (Index t = 0; t < tape.steps(); ++t)
        line.y.push_back(options_.unit ? static_cast<double>(values(*options_.unit, t))
                                       : static_cast<double>(values.col(t).mean()));
      panel.marks.push_back(std::move(line));
    }
    panel.marks.push_back(Rule{.at = at(origin_ - 1), .label = ""});
    return panel;
  }

  std::string band_sentence(const ColumnQuality& column) const {
    if (!is_usual()) return fmt::format("There is no band after fewer than {} rows.", windows_.cut().window);
    if (column.counted == 0) return "There are too few origins for a band.";
    return fmt::format(
        "The band is as wide as {:.0f} % of errors from {} earlier origins; {} of {} later values lay "
        "in theirs ({:.0f} %).",
        100 * analysis::kCoverage, quality_->measured_with, column.inside, column.counted,
        100.0 * static_cast<double>(column.inside) / static_cast<double>(column.counted));
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  const Windows& windows_;
  Index place_ = 0, origin_ = 0;  // rows
  double high_ = 0;
  analysis::Kept<ForecastQuality> quality_;
  analysis::Kept<analysis::Forecasts> forecasts_, naturals_;
};

/// The first column's errors by how far ahead, and how often the band holds there.
Figure errors_figure(std::span<const Observation> observations) {
  const Observation& first = observations[0];
  const ForecastQuality& quality = *quality_of(first);
  const ColumnQuality& column = quality.columns.front();
  Figure figure;
  figure.title = fmt::format("Forecast errors of {}", first.alphabet.series->series().title);
  if (observations.size() == 1) figure.title += ", " + name_of(first);
  figure.headlines.push_back(skill_of(column, quality));
  if (const double scaled = column.methods[0].all.mean_scaled; std::isfinite(scaled))
    figure.headlines.push_back({"MASE " + quoted(scaled), "of the mean change from row to row"});
  figure.columns = 2;
  figure.share_legend = true;
  const auto ahead_axis = [&] {
    return Axis{
        .title = "rows ahead", .low = 0.5, .high = static_cast<double>(quality.horizon) + 0.5, .whole = true};
  };
  Panel errors{.title = "mean absolute error", .x = ahead_axis()};
  errors.y = {.title = column.column, .low = 0};
  const auto add = [&](std::string name, const ColumnQuality::Method& method, Ink ink, Dash dash,
                       float weight) {
    Line line{.name = std::move(name), .ink = ink, .dash = dash, .weight = weight, .marker = Marker::disc};
    if (weight < 2) line.marker = Marker::none;
    for (std::size_t h = 0; h < method.ahead.size(); ++h) {
      line.x.push_back(static_cast<double>(h + 1));
      line.y.push_back(method.ahead[h].mean_absolute);
    }
    errors.marks.push_back(std::move(line));
  };
  for (const ColumnQuality::Method& baseline : std::span(column.methods).subspan(1))
    add(std::string(baseline.name), baseline, {InkRole::muted}, dash_of(baseline.name), 1);
  Panel bands{.title = fmt::format("share inside the {:.0f} % band", 100 * analysis::kCoverage),
              .x = ahead_axis(),
              .empty_text = "too few origins for a band"};
  bands.y = {.low = 0, .high = 1};
  for (std::size_t m = 0; m < observations.size(); ++m) {
    const auto kept = quality_of(observations[m]);
    const ColumnQuality& own = kept->columns.front();
    const Ink ink = observations.size() == 1 ? Ink{InkRole::accent} : model_ink(observations, m);
    add(observations.size() == 1 ? "forecast" : name_of(observations[m]), own.methods[0], ink, model_dash(m),
        2.2F);
    Line inside{.ink = ink, .dash = model_dash(m), .weight = 1.6F, .marker = Marker::disc};
    for (std::size_t h = 0; h < own.inside_ahead.size(); ++h) {
      if (own.counted_ahead[h] == 0) continue;
      inside.x.push_back(static_cast<double>(h + 1));
      inside.y.push_back(static_cast<double>(own.inside_ahead[h]) /
                         static_cast<double>(own.counted_ahead[h]));
    }
    if (!inside.x.empty()) bands.marks.push_back(std::move(inside));
  }
  if (!bands.marks.empty())
    bands.marks.push_back(Rule{.at = analysis::kCoverage, .vertical = false, .label = "meant"});
  const Windows& windows = *first.alphabet.series;
  figure.panels = {std::move(errors), std::move(bands)};
  figure.caption = sentences(
      {fmt::format("From {} in the held-out rows, {} to {}; each forecast reads {} before.",
                   counted(std::ssize(quality.origins), "origin", "origins"),
                   windows.series().time(quality.origins.front()),
                   windows.series().time(quality.origins.back()),
                   counted(windows.cut().window, "row", "rows")),
       observations.size() == 1 ? better_sentence(column) : "",
       column.counted > 0 ? fmt::format("Bands are fitted to the first {} and measured with the rest.",
                                        quality.measured_with)
                          : "",
       forced_sentence(observations)});
  return figure;
}

}  // namespace

Figure forecast_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "forecast");
  const std::string title = "Forecast, " + name_of(observation);
  if (const std::string why = why_no_forecast(observation); !why.empty()) return not_shown(title, why);
  const auto place = observation.alphabet.series->find(observation.sequence->values);
  if (!place) return not_shown(title, "what it reads is no part of its series");
  return ForecastView(observation, options, *place).make();
}

Figure forecast_errors_view(std::span<const Observation> observations, const ViewOptions&) {
  common_step(observations, {}, "forecast_errors");
  for (const Observation& observation : observations)
    if (const std::string why = why_no_forecast(observation); !why.empty())
      return not_shown("Forecast errors, " + name_of(observation), why);
  for (const Observation& observation : observations)
    if (!alike(*observation.alphabet.series, *observations[0].alphabet.series))
      return not_shown("Forecast errors", "the models forecast other series, or other rows of it");
  return errors_figure(observations);
}

}  // namespace gatescope::views
