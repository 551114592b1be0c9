// Phase portraits: the hidden state over the cell state it shows, coloured by time. Without a cell state, the
// hidden state over itself one step earlier.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/correlation.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr std::size_t kCorrelations = 4096;  // kept: an animation has some for every frame
constexpr Index kMostDots = 400;             // beyond, the line alone

struct Path {
  std::vector<double> x, y;
};

class PortraitView {
 public:
  PortraitView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        cell_(tape_.info()),
        shown_(steps_shown(tape_, options)),
        over_cell_(cell_.has_cell_state()) {
    const int state = cell_.memory();
    std::vector<int> chosen =
        *analysis::telling_units(observation, scale_series(observation, options, state), 4);
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) {
      check_unit(tape_, *options.unit);
      chosen = {*options.unit};
    }
    units_ = units_or(tape_, options, chosen);
  }

  Figure make() const {
    Figure figure;
    figure.title = "Phase portrait of " + where_of(observation_, options_);
    figure.columns = units_.size() == 1 ? 1 : static_cast<int>((units_.size() + 1) / 2);
    figure.columns = std::clamp(figure.columns, 1, 4);
    double sum = 0;
    int counted = 0;
    for (const int unit : units_) {
      const Path path = path_of(tape_, unit);
      figure.panels.push_back(panel(unit, path, figure.panels.empty()));
      const double r = correlation(unit, path);
      figure.panels.back().remark = "r = " + quoted(r);
      if (std::isfinite(r)) sum += r, ++counted;
    }
    const std::string h = symbol_of(channel(cell_.hidden())), c = number_of(channel(cell_.memory())),
                      what = h + " and " + (over_cell_ ? c : before(channel(cell_.hidden())));
    const std::string units =
        units_.size() == 1 ? "of unit " + std::to_string(units_[0]) : "mean of these units";
    figure.headlines.push_back({quoted(counted > 0 ? sum / counted : std::nan("")),
                                fmt::format("correlation of {}, {}", what, units)});
    std::string limit;
    if (limited())
      limit =
          fmt::format("Grey: {} = tanh {}, an open output gate; the path stays between it and zero.", h, c);
    figure.caption =
        sentences({over_cell_ ? ""
                              : fmt::format("No cell state: {} over {}; on the diagonal nothing changes.", h,
                                            before(channel(cell_.hidden()))),
                   limit, observation_.natural ? "Dashed: without the rule." : "",
                   has_wanted() ? "Dotted: before forcing." : "", forced_sentence(observation_)});
    return figure;
  }

 private:
  const nn::Channel& channel(int k) const { return cell_.channels[k]; }
  static std::string before(const nn::Channel& channel) { return std::string(channel.symbol) + "ₜ₋₁"; }

  bool limited() const { return over_cell_ && cell_.squashes && observation_.rules.empty(); }

  Path path_of(const Tape& tape, int unit) const {
    const auto h = tape.values(cell_.hidden());
    return {unit_values(over_cell_ ? tape.values(cell_.memory()) : tape.previous_values(cell_.hidden()), unit,
                        tape.steps()),
            unit_values(h, unit, tape.steps())};
  }

  /// Whether a state that is drawn is itself forced, so that what the network wanted is another path.
  bool has_wanted() const {
    const auto touched = [&](int k) { return !forced_steps(observation_, options_, tape_, k).empty(); };
    return tape_.forced() && (touched(cell_.hidden()) || touched(cell_.memory()));
  }

  Path wanted_path_of(int unit) const {
    return {unit_values(over_cell_ ? tape_.raw_values(cell_.memory()) : tape_.previous_values(cell_.hidden()),
                        unit, tape_.steps()),
            unit_values(tape_.raw_values(cell_.hidden()), unit, tape_.steps())};
  }

  double correlation(int unit, const Path& path) const {
    const auto first = [&](std::vector<double> values) {
      values.resize(static_cast<std::size_t>(shown_));
      return values;
    };
    return *analysis::recall(
        observation_, "correlation along a portrait",
        {options_.layer, options_.backward_direction, unit, shown_},
        [&] { return analysis::correlation(first(path.x), first(path.y)); }, kCorrelations);
  }

  static void cover(Axis& axis, const std::vector<double>& values) {
    double low = INFINITY, high = -INFINITY;
    for (const double v : values)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    if (!(low <= high)) return;
    const double air = high > low ? 0.06 * (high - low) : 0.5;
    axis.low = std::min(axis.low.value_or(low - air), low - air);
    axis.high = std::max(axis.high.value_or(high + air), high + air);
  }

  Line guide(const Axis& x) const {
    Line line{.ink = {InkRole::muted, 0, 0.8F}, .weight = 0.7F};
    const double low = x.low.value_or(-1), high = x.high.value_or(1);
    for (int k = 0; k <= 100; ++k) {
      line.x.push_back(low + (high - low) * k / 100);
      line.y.push_back(over_cell_ ? std::tanh(line.x.back()) : line.x.back());
    }
    return line;
  }

  Panel panel(int unit, const Path& path, bool first) const {
    Panel panel{.title = fmt::format("unit {}", unit), .empty_text = "no steps yet"};
    const nn::Channel &h = channel(cell_.hidden()), &c = channel(cell_.memory());
    panel.x.title = over_cell_ ? title_of(c) : std::string(h.name) + " " + before(h);
    panel.y.title = title_of(h);
    const Path sets =
        observation_.natural ? path_of(tape_of(observation_, *observation_.natural, options_), unit) : path;
    cover(panel.x, sets.x);
    cover(panel.y, sets.y);
    Line line{.ink = {InkRole::hidden_state}, .weight = 0.55F};
    line.x = path.x;
    line.y = path.y;
    line.x.resize(static_cast<std::size_t>(shown_));
    line.y.resize(static_cast<std::size_t>(shown_));
    line.colors.low = 0;
    line.colors.high = static_cast<double>(std::max<Index>(tape_.steps() - 1, 1));
    line.colors.title = "step";
    line.colors.bar = first ? ColorScale::Bar::compact : ColorScale::Bar::none;
    line.marker = tape_.steps() <= kMostDots ? Marker::disc : Marker::none;
    for (Index t = 0; t < shown_; ++t) line.color_by.push_back(static_cast<double>(t));
    if (observation_.natural) add_ghost(panel, sets, {InkRole::muted, 0, 0.8F}, Dash::dashed);
    if (has_wanted()) add_ghost(panel, wanted_path_of(unit), {InkRole::hidden_state, 0, 0.7F}, Dash::dotted);
    if (shown_ > 0 && (limited() || !over_cell_)) panel.marks.push_back(guide(panel.x));
    panel.marks.push_back(std::move(line));
    add_forced_points(panel, path, first);
    add_step(panel, path);
    const auto seen = static_cast<std::ptrdiff_t>(shown_);
    panel.points = Points{
        Counts::steps, {path.x.begin(), path.x.begin() + seen}, {path.y.begin(), path.y.begin() + seen}};
    panel.unit = unit;
    return panel;
  }

  /// What the path would be otherwise, thin and behind it.
  void add_ghost(Panel& panel, const Path& path, const Ink& ink, Dash dash) const {
    Line ghost{.x = path.x, .y = path.y, .ink = ink, .dash = dash, .weight = 0.7F};
    ghost.x.resize(static_cast<std::size_t>(shown_));
    ghost.y.resize(static_cast<std::size_t>(shown_));
    panel.marks.push_back(std::move(ghost));
  }

  /// Steps at which something is forced are amber.
  void add_forced_points(Panel& panel, const Path& path, bool named) const {
    Scatter forced{.name = named ? "forced" : "", .ink = {InkRole::forced}, .size = 0.7F};
    for (const auto& [from, to] : forced_steps(observation_, tape_.steps())) {
      for (Index t = 0; t < shown_; ++t) {
        const auto step = static_cast<double>(t);
        if (step < from || step > to) continue;
        forced.x.push_back(path.x[t]);
        forced.y.push_back(path.y[t]);
      }
    }
    if (!forced.x.empty()) panel.marks.push_back(std::move(forced));
  }

  void add_step(Panel& panel, const Path& path) const {
    const Index step = options_.step ? *options_.step : options_.frame ? shown_ - 1 : -1;
    if (step < 0 || step >= shown_) return;
    const auto t = static_cast<std::size_t>(step);
    if (!std::isfinite(path.x[t]) || !std::isfinite(path.y[t])) return;
    panel.marks.push_back(
        Note{.x = path.x[t], .y = path.y[t], .text = fmt::format("step {}", step), .dot = true});
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  const nn::CellInfo& cell_;
  Index shown_;
  bool over_cell_;
  std::vector<int> units_;
};

}  // namespace

Figure portrait_view(std::span<const Observation> observations, const ViewOptions& options) {
  return PortraitView(only_observation(observations, "portrait"), options).make();
}

}  // namespace gatescope::views
