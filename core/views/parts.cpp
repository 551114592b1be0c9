#include "core/views/parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/decoder_rules.h"

namespace gatescope::views {

const Observation& only_observation(std::span<const Observation> observations, std::string_view view) {
  if (observations.empty() || !observations[0].network) fail("the view {} needs a model", view);
  if (observations.size() > 1) fail("the view {} shows one model, not {}", view, observations.size());
  if (!observations[0].sequence) fail("the view {} needs a text", view);
  return observations[0];
}

const Tape& tape_of(const Observation& observation, const SequenceTrace& text, const ViewOptions& options) {
  const nn::ModelSpec& spec = observation.network->spec();
  if (options.layer < 0 || options.layer >= spec.all_layers())
    fail("layer {} does not exist, expected 0 to {}", options.layer, spec.all_layers() - 1);
  if (options.backward_direction && !spec.has_backward(options.layer))
    fail("{} has no backward direction, it is not bidirectional",
         spec.bidirectional ? "the layer" : "the model");
  return *observation.tape(text, observe::tape_name(spec, options.layer, options.backward_direction));
}

int channel_of(const nn::CellInfo& cell, std::string_view symbol) {
  const int channel = cell.find(symbol);
  if (channel != nn::kNone && !cell.counts_units(channel))
    fail("the channel '{}' of the cell {} has no numbers of units, which views show", symbol, cell.key);
  if (channel != nn::kNone) return channel;
  std::string symbols;
  for (const nn::Channel& c : cell.channels) symbols += (symbols.empty() ? "" : ", ") + std::string(c.symbol);
  fail("the cell {} has no channel '{}', expected one of {}", cell.key, printable(symbol), symbols);
}

bool is_gate(const nn::CellInfo& cell, int channel) {
  return cell.channels[channel].role == nn::Role::gate;
}

std::vector<int> shown_channels(const nn::CellInfo& cell) {
  const auto rank = [&](int channel) {
    const nn::Role role = cell.channels[channel].role;
    if (channel == cell.keep_gate()) return 0;
    return 1 + static_cast<int>(role);
  };
  std::vector<int> channels;
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
    if (cell.channels[k].role != nn::Role::internal) channels.push_back(k);
  std::stable_sort(channels.begin(), channels.end(), [&](int a, int b) { return rank(a) < rank(b); });
  return channels;
}

InkRole role_of(const nn::CellInfo& cell, int channel) {
  const nn::Channel& c = cell.channels[channel];
  switch (c.role) {
    case nn::Role::candidate:
      return InkRole::candidate;
    case nn::Role::cell_state:
      return InkRole::cell_state;
    case nn::Role::hidden_state:
      return InkRole::hidden_state;
    case nn::Role::internal:
      return InkRole::muted;
    case nn::Role::gate:
      break;
  }
  switch (c.gate) {
    case nn::Gate::forget:
      return InkRole::forget_gate;
    case nn::Gate::update:
      return InkRole::update_gate;
    case nn::Gate::input:
      return InkRole::input_gate;
    case nn::Gate::output:
      return InkRole::output_gate;
    case nn::Gate::reset:
      return InkRole::reset_gate;
    case nn::Gate::other:
      break;
  }
  return InkRole::neutral;
}

double least_forced(const nn::Channel& channel) {
  return channel.is_valve() ? channel.closed : channel.low >= 0 ? 0 : -1;
}

double least_slid(const nn::Channel& channel) {
  return std::max(least_forced(channel), -10.0);
}

Ink model_ink(std::span<const Observation> observations, std::size_t k) {
  const auto family = [&](std::size_t m) {
    const std::string_view key =
        observations[m].network ? observations[m].network->cell().key : observations[m].name;
    for (const auto& [part, role] : {std::pair{"lstm", InkRole::lstm},
                                     {"LSTM", InkRole::lstm},
                                     {"gru", InkRole::gru},
                                     {"GRU", InkRole::gru},
                                     {"rnn", InkRole::rnn},
                                     {"RNN", InkRole::rnn}})
      if (key.find(part) != std::string_view::npos) return role;
    return InkRole::series;
  };
  const InkRole role = family(k);
  for (std::size_t m = 0; m < k; ++m)
    if (role == InkRole::series || family(m) == role) return {InkRole::series, static_cast<int>(k)};
  return {role, static_cast<int>(k)};
}

Dash model_dash(std::size_t k) {
  constexpr std::array dashes{Dash::solid, Dash::dashed, Dash::dotted, Dash::dash_dotted};
  return dashes[k % dashes.size()];
}

std::string symbol_of(const nn::Channel& channel) {
  return nn::written(channel);
}

std::string number_of(const nn::Channel& channel) {
  return nn::written(channel, channel.one_a_unit() ? std::nullopt : std::optional<int>(0));
}

std::string whole_title_of(const nn::Channel& channel) {
  return std::string(channel.name) + " " + symbol_of(channel);
}

std::string title_of(const nn::Channel& channel) {
  return std::string(channel.name) + " " + number_of(channel);
}

std::string several_sentence(const nn::CellInfo& cell, std::span<const int> channels) {
  std::string symbols;
  for (const int k : channels) {
    const nn::Channel& channel = cell.channels[k];
    if (channel.one_a_unit()) continue;
    symbols += (symbols.empty() ? "" : " and ") + number_of(channel);
  }
  return symbols.empty() ? "" : fmt::format("A unit has several memories; {} is of the first.", symbols);
}

std::string name_of(const Observation& observation) {
  if (!observation.name.empty()) return observation.name;
  if (observation.network) return std::string(observation.network->cell().title);
  return observation.metrics.empty() ? "model" : observation.metrics.front().model;
}

std::string where_of(const Observation& observation, const ViewOptions& options) {
  const nn::ModelSpec& spec = observation.network->spec();
  std::string where = name_of(observation);
  if (spec.decoder) where += options.layer < spec.layers ? ", encoder" : ", decoder";
  if (spec.layers > 1) where += fmt::format(", layer {}", options.layer);
  if (spec.has_backward(options.layer)) where += options.backward_direction ? ", backward" : ", forward";
  return where;
}

Index steps_shown(const Tape& tape, const ViewOptions& options) {
  if (!options.frame) return tape.steps();
  return std::clamp<Index>(*options.frame + 1, 0, tape.steps());
}

void check_unit(const Tape& tape, int unit) {
  if (unit < 0 || unit >= tape.hidden())
    fail("unit {} does not exist, expected 0 to {}", unit, tape.hidden() - 1);
}

void check_step(const Tape& tape, int step) {
  if (step < 0 || step >= tape.steps())
    fail("step {} does not exist, expected 0 to {}", step, tape.steps() - 1);
}

std::vector<int> units_or(const Tape& tape, const ViewOptions& options, std::vector<int> otherwise) {
  for (const int unit : options.units) check_unit(tape, unit);
  return options.units.empty() ? otherwise : options.units;
}

std::vector<int> sorted_rows(const Observation& observation, const ViewOptions& options,
                             std::vector<int> units) {
  if (options.sort.empty()) return units;
  std::vector<int> rows =
      analysis::unit_order(observation, options.layer, options.backward_direction, options.sort)->units;
  if (units.size() == rows.size()) return rows;
  std::ranges::sort(units);
  std::erase_if(rows, [&](int unit) { return !std::ranges::binary_search(units, unit); });
  return rows;
}

std::string order_sentence(const Observation& observation, const ViewOptions& options) {
  if (options.sort.empty()) return "";
  const nn::CellInfo& cell = observation.network->cell(options.layer);
  const auto symbol = [&](int k) { return number_of(cell.channels[k]); };
  std::string by;
  if (options.sort == analysis::kByTimeConstant) {
    const nn::Channel& gate = cell.channels[cell.keep_gate()];
    const std::string keep = symbol_of(gate);
    by = "time constant, −1 / mean ln " +
         (gate.keeps == nn::Share::rest ? fmt::format("(1 − {})", keep) : keep) +
         (gate.one_a_unit() ? "" : " over all memories of a unit");
  } else if (options.sort == analysis::kByInfluence) {
    by = fmt::format("influence on the output, the spread of {} times the length of its read-out weights",
                     symbol(cell.output));
  } else {
    by = "mean " + title_of(cell.channels[channel_of(cell, options.sort)]);
  }
  return fmt::format("Rows from the greatest {} down{}.", by,
                     observation.natural ? ", without the rule" : "");
}

Axis unit_axis(const std::vector<int>& units) {
  Axis axis{.title = "unit", .whole = true, .counts = Counts::units};
  const bool run = !units.empty() && units.back() - units.front() + 1 == static_cast<int>(units.size()) &&
                   std::ranges::is_sorted(units);
  if (run) return axis;
  axis.numbers = units;
  for (std::size_t row = 0; row < units.size(); ++row)
    axis.ticks.push_back({static_cast<double>(row), std::to_string(units[row])});
  return axis;
}

Axis time_axis(const Observation& observation, const Tape& tape) {
  return {.title = "step",
          .low = -0.5,
          .high = static_cast<double>(tape.steps()) - 0.5,
          .whole = true,
          .counts = Counts::steps,
          .characters = observation.characters()};
}

analysis::Series series_of(const ViewOptions& options, int channel, bool natural, bool raw) {
  return {options.layer, options.backward_direction, channel, natural ? Run::natural : Run::in_force, raw};
}

ColorScale colors_of(const Observation& observation, const ViewOptions& options, int channel,
                     std::optional<int> unit) {
  const nn::Channel& what = observation.network->cell(options.layer).channels[channel];
  if (what.role == nn::Role::gate) return gate_colors();
  const analysis::Series series = series_of(options, channel, observation.natural != nullptr);
  double most = std::isfinite(what.low) && std::isfinite(what.high)
                    ? std::max(std::abs(what.low), std::abs(what.high))
                    : 0;
  if (!(most > 0) && unit) {
    const auto range = analysis::unit_series(observation, series, *unit);
    most = static_cast<double>(std::max(std::abs(range->least), std::abs(range->greatest)));
  } else if (!(most > 0)) {
    most = analysis::usual_size(observation, series);
  }
  if (!(most > 0)) most = 1;
  ColorScale colors = signed_colors(role_of(observation.network->cell(options.layer), channel));
  colors.low = -most;
  colors.high = most;
  return colors;
}

namespace {

using Intervals = std::vector<std::pair<double, double>>;

Intervals merged(Intervals intervals) {
  std::sort(intervals.begin(), intervals.end());
  Intervals out;
  for (const auto& interval : intervals) {
    if (!out.empty() && interval.first <= out.back().second) {
      out.back().second = std::max(out.back().second, interval.second);
    } else {
      out.push_back(interval);
    }
  }
  return out;
}

void add_steps(Intervals& intervals, const nn::ForceRule& rule, Index steps, Index begin) {
  const double first = static_cast<double>(begin) - 0.5, end = static_cast<double>(steps) - 0.5;
  if (rule.steps.empty()) intervals.emplace_back(first, end);
  for (const nn::Range& range : rule.steps)
    if (begin + range.first < steps)
      intervals.emplace_back(first + range.first, std::min(first + range.last + 1, end));
}

}  // namespace

Intervals forced_steps(const Observation& observation, const ViewOptions& options, const Tape& tape,
                       int channel, std::optional<int> unit) {
  Intervals intervals;
  for (const nn::ForceRule& rule : observation.rules) {
    if (rule.layer.value_or(options.layer) != options.layer || tape.info().find(rule.channel) != channel)
      continue;
    const bool for_unit = rule.units.empty() || !unit ||
                          std::any_of(rule.units.begin(), rule.units.end(),
                                      [&](const nn::Range& r) { return r.contains(*unit); });
    if (for_unit) add_steps(intervals, rule, tape.steps(), observation.rules_begin(options.layer));
  }
  return merged(std::move(intervals));
}

Intervals forced_steps(const Observation& observation, Index steps) {
  Intervals intervals;
  for (const nn::ForceRule& rule : observation.rules) {
    const nn::ModelSpec& spec = observation.network->spec();
    const bool of_decoder = nn::is_of_decoder(rule, spec);
    if (!of_decoder) add_steps(intervals, rule, steps, 0);
    if (of_decoder || !rule.layer) add_steps(intervals, rule, steps, observation.rules_begin(spec.layers));
  }
  return merged(std::move(intervals));
}

void add_forced(Panel& panel, Intervals intervals) {
  if (!intervals.empty()) panel.marks.push_back(Spans{.name = "forced", .intervals = std::move(intervals)});
}

std::optional<int> lens_of(const Observation& observation, const ViewOptions& options) {
  if (!options.lens || !observation.natural) return std::nullopt;
  return std::clamp(*options.lens, 0, static_cast<int>(observation.steps()));
}

Intervals seen_through(std::optional<int> lens, Intervals intervals) {
  if (!lens) return intervals;
  const double edge = *lens - 0.5;
  Intervals seen;
  for (const auto& [from, to] : intervals)
    if (to > edge) seen.emplace_back(std::max(from, edge), to);
  return seen;
}

void add_lens(Panel& panel, int lens, bool named) {
  const double at = lens - 0.5;
  const Ink ink{InkRole::neutral};
  panel.marks.push_back(
      Rule{.at = at, .label = named ? "natural" : "", .ink = ink, .dash = Dash::solid, .before = true});
  if (named) panel.marks.push_back(Rule{.at = at, .label = "forced", .ink = ink, .dash = Dash::solid});
}

std::string lens_sentence(std::optional<int> lens) {
  return lens ? fmt::format("Lens: before step {} without the rule.", *lens) : "";
}

analysis::Series scale_series(const Observation& observation, const ViewOptions& options, int channel) {
  return series_of(options, channel, observation.natural != nullptr);
}

std::string forced_sentence(std::span<const Observation> observations) {
  std::vector<nn::ForceRule> rules;
  for (const Observation& observation : observations)
    for (const nn::ForceRule& rule : observation.rules)
      if (std::ranges::find(rules, rule) == rules.end()) rules.push_back(rule);
  return rules.empty() ? "" : fmt::format("Forced: {}.", nn::in_words(rules));
}

std::string forced_sentence(const Observation& observation) {
  return forced_sentence(std::span(&observation, 1));
}

std::string read_in_quotes(const Observation& observation, Index step) {
  const std::string read = observation.read(step);
  if (observation.sequence->tokens.empty()) return read;  // values
  return read == " " ? "a space" : fmt::format("“{}”", read);
}

std::string sentences(std::initializer_list<std::string> parts) {
  std::string all;
  for (const std::string& part : parts)
    if (!part.empty()) all += (all.empty() ? "" : " ") + part;
  return all;
}

std::vector<double> unit_values(const ConstMatrixView<float>& values, int unit, Index shown) {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(shown));
  for (Index t = 0; t < shown; ++t) out.push_back(values(unit, t));
  return out;
}

Left left_of(const Observation& observation, const analysis::Series& series, Index end) {
  const nn::CellInfo& cell = observation.network->cell(series.layer);
  if (observation.network->spec().decoder || !analysis::keeps_by_gates(cell, series.channel)) {
    const nn::Channel& channel = cell.channels[series.channel];
    return {quoted(analysis::size_ratio(observation, series, end)),
            fmt::format("|{}|, forced / natural", symbol_of(channel))};
  }
  const auto forced = analysis::old_memory(observation, series),
             natural = analysis::old_memory(observation, series.natural());
  if (!*forced || !*natural) return {quoted(std::numeric_limits<double>::quiet_NaN()), "memory left"};
  const Index at = (*forced)->last < (*forced)->from ? (*forced)->last : std::min((*forced)->last, end - 1);
  return {fmt::format("{} → {}", quoted((*natural)->left(end)), quoted((*forced)->left(end))),
          fmt::format("of step {}’s memory left at step {}", (*forced)->from, at)};
}

std::string quoted(double value) {
  if (!std::isfinite(value)) return "–";
  const double size = std::abs(value);
  std::string text = size == 0                    ? "0"
                     : size >= 1e5 || size < 1e-3 ? fmt::format("{:.1e}", value)
                     : size >= 100                ? fmt::format("{:.0f}", value)
                     : size >= 10                 ? fmt::format("{:.1f}", value)
                     : size >= 0.01               ? fmt::format("{:.2f}", value)
                                                  : fmt::format("{:.4f}", value);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.0f} %", 100 * share) : "–";
}

std::string counted(Index count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace gatescope::views
