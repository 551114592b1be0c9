#include "core/analysis/kept.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/analysis/drift.h"
#include "core/analysis/gradient_lag.h"
#include "core/analysis/keeps.h"
#include "core/analysis/memory_left.h"
#include "core/analysis/saliency.h"
#include "core/analysis/scores.h"
#include "core/analysis/unit_rows.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace {

constexpr std::size_t kNumbers = 8192;       // kept of single numbers: an animation has some for every frame
constexpr Index kProbabilities = 4'000'000;  // kept, of all steps together: a vocabulary may be large
constexpr std::size_t kSteps = 1024;  // kept of what is computed step by step: a replay comes back to them

using Tape = nn::LayerTape<float>;

const Tape& tape_of(const Observation& observation, const Series& series) {
  const Tape* tape =
      observation.tape(trace_of(observation, series.run),
                       observe::tape_name(observation.network->spec(), series.layer, series.backward));
  assert(tape);
  return *tape;
}

auto values_of(const Tape& tape, const Series& series) {
  return series.raw ? tape.raw_values(series.channel) : tape.values(series.channel);
}

/// What a channel's results depend on, and then on what else.
observe::Memo::Options options_of(const Series& series, std::initializer_list<Index> others = {}) {
  observe::Memo::Options options{series.layer, series.backward, series.channel,
                                 static_cast<Index>(series.run), series.raw};
  options.insert(options.end(), others);
  return options;
}

/// A result computed from a channel's values, one row a unit: (H, T).
template <class Compute>
auto of_units(const Observation& observation, std::string_view name, const Series& series,
              std::initializer_list<Index> others, const Compute& compute,
              std::size_t kept = observe::Memo::kUsuallyKept) {
  const auto of_rows = [&] {
    const Tape& tape = tape_of(observation, series);
    const UnitRows rows(tape, values_of(tape, series));
    auto result = compute(*rows, tape);
    tape.release();
    return result;
  };
  return recall(observation, name, options_of(series, others), of_rows, kept);
}

/// A result computed from a whole trace.
template <class Compute>
auto of_trace(const Observation& observation, std::string_view name, Run run, const Compute& compute) {
  return recall(observation, name, {static_cast<Index>(run)},
                [&] { return compute(trace_of(observation, run)); });
}

}  // namespace

const trace::SequenceTrace<float>& trace_of(const Observation& observation, Run run) {
  const auto& trace = run == Run::natural ? observation.natural : observation.sequence;
  assert(trace);
  return *trace;
}

Kept<std::vector<double>> scores(const Observation& observation, Run run) {
  return of_trace(observation, "scores", run, [&](const auto& text) { return scores(observation, text); });
}

double mean_score(const Observation& observation, Run run) {
  return *of_trace(observation, "mean score", run,
                   [&](const auto&) { return mean_of_finite(*scores(observation, run)); });
}

Kept<std::vector<double>> saliency(const Observation& observation, Run run) {
  return of_trace(observation, "saliency", run,
                  [&](const auto& text) { return saliency(*observation.network, text); });
}

std::optional<Index> loss_step(const Observation& observation, Run run) {
  return *of_trace(observation, "loss step", run, [](const auto& text) { return loss_step(text); });
}

double share_guessed(const Observation& observation, Run run) {
  return *of_trace(observation, "share guessed", run, [](const auto& text) { return share_guessed(text); });
}

double belief_in_right(const Observation& observation, Run run) {
  return *of_trace(observation, "belief in right", run,
                   [](const auto& text) { return belief_in_right(text); });
}

Kept<std::vector<NextCharacter>> next_characters(const Observation& observation, Run run, Index step,
                                                 int count) {
  return recall(
      observation, "next characters", {static_cast<Index>(run), step, count},
      [&] { return next_characters(trace_of(observation, run).trace.outputs.col(step), count); }, kSteps);
}

Kept<std::vector<double>> probabilities(const Observation& observation, Run run, Index step) {
  const auto& outputs = trace_of(observation, run).trace.outputs;
  const auto kept = std::clamp<Index>(kProbabilities / std::max<Index>(1, outputs.rows()), 64, kSteps);
  return recall(
      observation, "probabilities", {static_cast<Index>(run), step},
      [&] { return probabilities(outputs.col(step)); }, static_cast<std::size_t>(kept));
}

Kept<std::vector<Equation>> equations(const Observation& observation, const Place& place) {
  return recall(
      observation, "equations",
      {place.layer, place.backward, place.step, place.unit, place.entry, place.number},
      [&] { return equations<float>(*observation.network, *observation.sequence, place); }, kSteps);
}

Kept<Summary> summary(const Observation& observation, const Series& series, Index steps) {
  return of_units(
      observation, "summary", series, {steps},
      [&](const auto& values, const Tape&) { return summarise(values.leftCols(steps)); }, kNumbers);
}

double usual_size(const Observation& observation, const Series& series) {
  return *of_units(observation, "usual size", series, {},
                   [](const auto& values, const Tape&) { return usual_size(values); });
}

Kept<std::vector<Summary>> summaries_of_steps(const Observation& observation, const Series& series) {
  return of_units(observation, "summaries of steps", series, {}, [](const auto& values, const Tape&) {
    std::vector<Summary> summaries;
    summaries.reserve(static_cast<std::size_t>(values.cols()));
    for (Index t = 0; t < values.cols(); ++t) summaries.push_back(summarise(values.col(t)));
    return summaries;
  });
}

Kept<std::vector<int>> telling_units(const Observation& observation, const Series& series, int count) {
  return of_units(observation, "telling units", series, {count},
                  [&](const auto& values, const Tape&) { return telling_units(values, count); });
}

Kept<std::vector<int>> most_varying_units(const Observation& observation, const Series& series, int count) {
  return of_units(observation, "most varying units", series, {count},
                  [&](const auto& values, const Tape&) { return most_varying_units(values, count); });
}

Kept<Saturation> saturation(const Observation& observation, const Series& series) {
  return recall(observation, "saturation", options_of(series), [&] {
    const Tape& tape = tape_of(observation, series);
    const nn::Channel& channel = tape.info().channels[series.channel];
    const auto values = values_of(tape, series);
    const Index without = is_set_at_first(tape.info(), series.channel) ? first_keep(tape) : 0;
    // The layer's first step is the last of the text where it reads backwards.
    const ConstMatrixView<float> counted(values.data() + (tape.reverse() ? 0 : without * values.rows()),
                                         values.rows(), values.cols() - without);
    Saturation shares = saturation(counted, tape.hidden(), channel.low, channel.high);
    tape.release();
    return shares;
  });
}

double relative_step(const Observation& observation, const Series& series, Index steps) {
  return *of_units(
      observation, "relative step", series, {steps},
      [&](const auto& values, const Tape&) {
        return relative_step({values.data(), values.rows(), steps}).mean;
      },
      kNumbers);
}

double relative_step(const Observation& observation, const Series& series, Index steps, int unit) {
  return *of_units(
      observation, "relative step of a unit", series, {steps, unit},
      [&](const auto& values, const Tape&) {
        return relative_step({values.data(), values.rows(), steps}).units[unit];
      },
      kNumbers);
}

Kept<std::vector<double>> unit_means(const Observation& observation, const Series& series) {
  return recall(observation, "unit means", options_of(series), [&] {
    const Tape& tape = tape_of(observation, series);
    const auto values = values_of(tape, series);
    std::vector<double> means;
    means.reserve(static_cast<std::size_t>(values.cols()));
    for (Index t = 0; t < values.cols(); ++t) means.push_back(static_cast<double>(values.col(t).mean()));
    tape.release();
    return means;
  });
}

Kept<std::vector<double>> mean_sizes(const Observation& observation, const Series& series) {
  return recall(observation, "mean sizes", options_of(series), [&] {
    const Tape& tape = tape_of(observation, series);
    auto sizes = mean_sizes(values_of(tape, series));
    tape.release();
    return sizes;
  });
}

double size_ratio(const Observation& observation, const Series& series, Index end) {
  if (!observation.natural) return std::numeric_limits<double>::quiet_NaN();
  return *recall(
      observation, "size ratio", options_of(series, {end}),
      [&] {
        return size_ratio(*mean_sizes(observation, series), *mean_sizes(observation, series.natural()),
                          first_forced_step(observation), end);
      },
      kNumbers);
}

Kept<std::optional<OldMemory>> old_memory(const Observation& observation, const Series& series) {
  return recall(observation, "memory left", options_of(series), [&]() -> std::optional<OldMemory> {
    if (!observation.natural) return std::nullopt;
    const Tape &tape = tape_of(observation, series), &natural = tape_of(observation, series.natural());
    auto old = old_memory(observation, series.layer, tape, natural, series.run == Run::in_force);
    tape.release();
    natural.release();
    return old;
  });
}

Kept<UnitSeries> unit_series(const Observation& observation, const Series& series, int unit) {
  return recall(observation, "unit series", options_of(series, {unit}), [&] {
    const Tape& tape = tape_of(observation, series);
    const auto values = values_of(tape, series).row(tape.row_of(series.channel, unit));
    UnitSeries unit_series;
    unit_series.values.assign(values.begin(), values.end());
    bool any = false;
    for (const float v : unit_series.values) {
      if (!std::isfinite(v)) continue;
      unit_series.least = any ? std::min(unit_series.least, v) : v;
      unit_series.greatest = any ? std::max(unit_series.greatest, v) : v;
      any = true;
    }
    tape.release();
    return unit_series;
  });
}

Kept<std::vector<UnitRole>> unit_roles(const Observation& observation, int layer, bool backward) {
  const Run run = observation.natural ? Run::natural : Run::in_force;
  return recall(observation, "unit roles", {layer, backward}, [&] {
    return unit_roles(tape_of(observation, {.layer = layer, .backward = backward, .run = run}),
                      observation.characters());
  });
}

Kept<UnitOrder> unit_order(const Observation& observation, int layer, bool backward, std::string_view by) {
  const nn::CellInfo& cell = observation.network->cell(layer);
  const nn::ModelSpec& spec = observation.network->spec();
  if (const std::string why = why_not_ordered(cell, spec, layer, by); !why.empty()) fail("{}", why);
  const bool times = by == kByTimeConstant, influence = by == kByInfluence;
  const int channel = times ? cell.keep_gate() : influence ? cell.output : cell.find(by);
  const Series series{.layer = layer,
                      .backward = backward,
                      .channel = channel,
                      .run = observation.natural ? Run::natural : Run::in_force};
  if (times)
    return recall(observation, "unit order", options_of(series, {times, influence}), [&] {
      const Tape& tape = tape_of(observation, series);
      auto order = greatest_first(time_constants(values_of(tape, series), tape.hidden(),
                                                 cell.channels[channel].keeps == nn::Share::rest,
                                                 tape.reverse(), first_keep(tape)));
      tape.release();
      return order;
    });
  return of_units(observation, "unit order", series, {times, influence},
                  [&](const ConstMatrixView<float>& values, const Tape&) {
                    if (influence)
                      return greatest_first(influences(*observation.network, values, backward ? 1 : 0));
                    return greatest_first(means_of_units(values));
                  });
}

Kept<std::vector<double>> unit_sizes(const Observation& observation, const Series& series) {
  return of_units(observation, "unit sizes", series, {},
                  [](const auto& values, const Tape&) { return sizes_of_units(values); });
}

Kept<GradientLags> gradient_lags(const Observation& observation, const Series& series, Index from) {
  return recall(observation, "gradient lags", options_of(series, {from}), [&] {
    GradientLags lags;
    lags.norms = gradient_over_lag(tape_of(observation, series), series.channel, from);
    lags.reach = gradient_reach(lags.norms);
    return lags;
  });
}

Kept<KeepPath> keep_path(const Observation& observation, const Series& series, Index from) {
  return recall(observation, "keep path", options_of(series, {from}), [&] {
    std::span<const nn::ForceRule> rules;
    if (series.run == Run::in_force) rules = observation.rules;
    return keep_path(tape_of(observation, series), from, rules, series.layer);
  });
}

}  // namespace gatescope::analysis
