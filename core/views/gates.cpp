// Heatmaps of every gate, candidate and state of one layer, units over steps, as in [karpathy2015] and
// [strobelt2018]: what is open, what is kept, and when.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/plot/link.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

/// The rows of some units over the first `shown` steps, shared with nothing: tapes are reused. Those before
/// `edge` are of the other values.
Matrix rows_of(const ConstMatrixView<float>& values, const ConstMatrixView<float>& before, Index edge,
               std::span<const int> units, Index shown) {
  std::vector<float> out;
  out.reserve(units.size() * static_cast<std::size_t>(shown));
  for (Index t = 0; t < shown; ++t) {
    const ConstMatrixView<float>& of = t < edge ? before : values;
    const float* step = of.data() + t * of.rows();
    for (const int unit : units) out.push_back(step[unit]);
  }
  return {static_cast<int>(units.size()), static_cast<int>(shown), std::move(out),
          Matrix::Order::column_major};
}

std::string range_text(const nn::Channel& channel, const analysis::Summary& summary) {
  if (summary.finite == 0) return "";
  if (channel.role == nn::Role::gate) return "mean " + quoted(summary.mean);
  return "std " + quoted(summary.deviation);
}

class GatesView {
 public:
  GatesView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        shown_(steps_shown(tape_, options)),
        lens_(lens_of(observation, options)) {
    std::vector<int> all(static_cast<std::size_t>(tape_.hidden()));
    std::iota(all.begin(), all.end(), 0);
    units_ = sorted_rows(observation, options, units_or(tape_, options, std::move(all)));
  }

  Figure make() {
    const nn::CellInfo& cell = tape_.info();
    std::vector<int> channels = few() ? telling_channels() : shown_channels(cell);
    if (!options_.channel.empty()) channels = {channel_of(cell, options_.channel)};
    Figure figure;
    figure.title = "Gates of " + where_of(observation_, options_);
    figure.share_x = true;
    for (const int channel : channels) {
      const std::size_t first = figure.panels.size();
      // What a rule does to the memory is seen above what it would be. What is added shares the place of its
      // channel, under what is in force: the other lanes stay where they are.
      const bool compared = observation_.natural && channel == cell.memory();
      figure.panels.push_back(panel(channel, Of::used));
      const auto forced = forced_steps(observation_, options_, tape_, channel);
      if (!forced.empty()) {
        add_forced(figure.panels.back(), seen_through(lens_, forced));
        if (tape_.forced() && !few()) {  // the ghost of what the network wanted
          figure.panels.push_back(panel(channel, Of::wanted));
          figure.panels.back().height = 0.6F;
          figure.panels.back().joined = true;
        }
      }
      if (compared) {
        figure.panels.push_back(panel(channel, Of::natural));
        figure.panels.back().joined = !few();
      }
      if (lens_) add_lens(figure.panels[first], *lens_, first == 0);
      for (std::size_t k = first + 1; k < figure.panels.size() && lens_; ++k)
        add_lens(figure.panels[k], *lens_, false);
      if (!few())
        figure.panels[first].heading = heading_of(channel, compared, !forced.empty() && tape_.forced());
    }
    figure.headlines.push_back(headline(channels.front()));
    figure.caption = sentences({order_sentence(observation_, options_), own_scales_sentence(channels),
                                several_sentence(cell, channels), of_heads_sentence(),
                                forced_sentence(observation_), lens_sentence(lens_)});
    return figure;
  }

 private:
  /// What the network used, what it wanted before the rules, and what it does without them.
  enum class Of { used, wanted, natural };

  bool few() const { return options_.lanes.has_value(); }

  /// As many channels as there are lanes for, the memory beside its natural run being two: what is forced,
  /// what is looked at, the states, then the others.
  std::vector<int> telling_channels() const {
    const nn::CellInfo& cell = tape_.info();
    const std::vector<int> all = shown_channels(cell);
    std::vector<int> order;
    const auto add = [&](int channel) {
      const bool known = std::find(all.begin(), all.end(), channel) != all.end();
      if (known && std::find(order.begin(), order.end(), channel) == order.end()) order.push_back(channel);
    };
    for (const int channel : all)
      if (!forced_steps(observation_, options_, tape_, channel).empty()) add(channel);
    if (!options_.foremost.empty()) add(cell.find(options_.foremost));
    for (const int channel : {cell.memory(), cell.hidden(), cell.keep_gate()}) add(channel);
    for (const int channel : all) add(channel);
    std::vector<int> taken;
    int left = *options_.lanes;
    for (const int channel : order) {
      const int lanes = observation_.natural && channel == cell.memory() ? 2 : 1;
      if (lanes > left && !taken.empty()) continue;
      left -= lanes;
      taken.push_back(channel);
    }
    std::vector<int> channels;
    for (const int channel : all)
      if (std::find(taken.begin(), taken.end(), channel) != taken.end()) channels.push_back(channel);
    return channels;
  }

  /// What of a channel stands above what.
  std::string heading_of(int k, bool compared, bool wanted) const {
    const std::string title = title_of(tape_.info().channels[k]);
    if (compared && wanted) return title + ": forced, before forcing, natural";
    if (compared) return title + ": forced above, natural below";
    return wanted ? title + ": forced above, before forcing below" : "";
  }

  Panel panel(int k, Of of) const {
    const nn::Channel& channel = tape_.info().channels[k];
    const Tape& tape = of == Of::natural ? tape_of(observation_, *observation_.natural, options_) : tape_;
    const UnitRows rows(tape, of == Of::wanted ? tape.raw_values(k) : tape.values(k));
    const ConstMatrixView<float>& values = *rows;
    const analysis::Series series = series_of(options_, k, of == Of::natural, of == Of::wanted);
    const std::string name =
        title_of(channel) + (of == Of::wanted                                     ? ", before forcing"
                             : of == Of::natural                                  ? ", natural"
                             : observation_.natural && k == tape_.info().memory() ? ", forced"
                                                                                  : "");
    const bool through = lens_ && of == Of::used;
    const Tape& left = through ? tape_of(observation_, *observation_.natural, options_) : tape;
    const UnitRows left_rows(left, of == Of::wanted ? left.raw_values(k) : left.values(k));
    const Index edge = through ? *lens_ : 0;
    Panel panel;
    panel.key = std::string(channel.symbol) + (of == Of::wanted    ? " wanted"
                                               : of == Of::natural ? " natural"
                                                                   : "");
    panel.title = name;
    panel.title_ink = {role_of(tape_.info(), k)};
    panel.remark = range_text(channel, *analysis::summary(observation_, series, shown_));
    panel.x = time_axis(observation_, tape_);
    panel.y = unit_axis(units_);
    panel.empty_text = "no steps yet";
    panel.legend = Legend::automatic;
    ColorScale colors = colors_of(observation_, options_, k);
    const std::vector<double> scales = own_scales(k);
    if (!scales.empty()) {
      colors.low = -1;
      colors.high = 1;
      colors.title = "of the unit's greatest";
    }
    if (shown_ > 0 && together()) {
      const bool run = panel.y.numbers.empty();
      panel.marks.push_back(Heatmap{.name = panel.title,
                                    .values = rows_of(values, *left_rows, edge, units_, shown_),
                                    .colors = colors,
                                    .y0 = run ? static_cast<double>(units_.front()) : 0,
                                    .row_scales = scales});
    }
    for (std::size_t row = 0; row < units_.size() && shown_ > 0 && !together(); ++row) {
      panel.marks.push_back(
          Heatmap{.name = fmt::format("{}, unit {}", panel.title, units_[row]),
                  .values = rows_of(values, *left_rows, edge, std::span(units_).subspan(row, 1), shown_),
                  .colors = colors,
                  .y0 = static_cast<double>(row),
                  .row_scales = scales.empty() ? scales : std::vector{scales[row]}});
    }
    panel.marks.push_back(cursor(panel.y));
    tape.release();
    if (through) left.release();
    return panel;
  }

  /// Whether one heatmap holds all rows: some chosen units have one each.
  bool together() const { return !options_.sort.empty() || unit_axis(units_).numbers.empty(); }

  /// The greatest size of each row's unit, where every row has its own scale; of a rule the natural run's.
  std::vector<double> own_scales(int k) const {
    if (!options_.own_scales || is_gate(tape_.info(), k)) return {};
    const auto sizes =
        analysis::unit_sizes(observation_, series_of(options_, k, observation_.natural != nullptr));
    std::vector<double> scales;
    for (const int unit : units_) scales.push_back((*sizes)[unit]);
    return scales;
  }

  std::string own_scales_sentence(const std::vector<int>& channels) const {
    const bool any = std::ranges::any_of(channels, [&](int k) { return !own_scales(k).empty(); });
    return any ? "Every row of a state has its own scale, up to the unit's greatest size." : "";
  }

  /// Why what a head has one of is not among the rows, which are units.
  std::string of_heads_sentence() const {
    const nn::CellInfo& cell = tape_.info().alone();
    std::string symbols;
    for (const nn::Channel& channel : cell.channels)
      if (channel.extent == nn::kHeads) symbols += (symbols.empty() ? "" : ", ") + symbol_of(channel);
    return symbols.empty()
               ? ""
               : fmt::format("Without {}: a number a head, from which the gates of its units follow.",
                             symbols);
  }

  Cursor cursor(const Axis& units) const {
    Cursor cursor;
    if (options_.step) {
      check_step(tape_, *options_.step);
      cursor.x = *options_.step;
    }
    if (options_.unit) {
      check_unit(tape_, *options_.unit);
      if (std::ranges::find(units_, *options_.unit) != units_.end())
        cursor.y = place_of(units, *options_.unit);
    }
    return cursor;
  }

  Headline headline(int k) const {
    const nn::Channel& channel = tape_.info().channels[k];
    const bool gate = channel.role == nn::Role::gate;
    const auto number = [&](bool natural) {
      const auto summary = analysis::summary(observation_, series_of(options_, k, natural), shown_);
      return quoted(gate ? summary->mean : summary->deviation);
    };
    std::string label = (gate ? "mean of the " : "standard deviation of the ") + std::string(channel.name);
    if (observation_.natural) label += ", natural " + number(true);
    return {number(false), label};
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  Index shown_;
  std::optional<int> lens_;
  std::vector<int> units_;
};

}  // namespace

Figure gates_view(std::span<const Observation> observations, const ViewOptions& options) {
  return GatesView(only_observation(observations, "gates"), options).make();
}

}  // namespace gatescope::views
