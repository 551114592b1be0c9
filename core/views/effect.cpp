// What a rule changes: the loss of every character with and without it, the difference it makes to every unit
// of a channel, and how much of that channel is left.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/analysis/memory_left.h"
#include "core/plot/link.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

class EffectView {
 public:
  EffectView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        natural_(observation.natural ? &tape_of(observation, *observation.natural, options) : nullptr),
        cell_(tape_.info()),
        channel_(!options.channel.empty() ? channel_of(cell_, options.channel) : cell_.memory()),
        shown_(steps_shown(tape_, options)),
        forced_(forced_steps(observation, tape_.steps())),
        first_(analysis::first_forced_step(observation)) {
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) check_unit(tape_, *options.unit);
  }

  Figure make() const {
    Figure figure;
    figure.title = "Effect of forcing, " + where_of(observation_, options_);
    if (!natural_) {
      figure.headlines.push_back(
          {quoted(analysis::mean_of_finite(*scores(Run::in_force), 0, shown_)), unit()});
      figure.panels.push_back({.empty_text = "Nothing is forced. Force a gate to compare."});
      return figure;
    }
    const auto kept_forced = scores(Run::in_force), kept_natural = scores(Run::natural);
    const std::vector<double>&forced = *kept_forced, &natural = *kept_natural;
    const auto pair = [&](Index first) {
      return fmt::format("{} → {}", quoted(analysis::mean_of_finite(natural, first, shown_)),
                         quoted(analysis::mean_of_finite(forced, first, shown_)));
    };
    figure.headlines.push_back({pair(0), unit()});
    const analysis::Series series = series_of(options_, channel_);
    const Left left = left_of(observation_, series, shown_);
    const bool of_sizes = !analysis::keeps_by_gates(cell_, channel_);
    figure.headlines.push_back(
        {left.value,
         left.label + (of_sizes && first_ > 0 ? fmt::format(" from step {} on", first_) : std::string())});
    figure.share_x = true;
    figure.panels = {losses(natural, forced), difference(),
                     sizes(*analysis::mean_sizes(observation_, series.natural()),
                           *analysis::mean_sizes(observation_, series))};
    const std::string after =
        first_ > 0 ? fmt::format("From step {}, the first forced, on: {} {}.", first_, pair(first_), unit())
                   : "";
    figure.caption =
        sentences({after, order_sentence(observation_, options_), forced_sentence(observation_)});
    return figure;
  }

 private:
  std::string unit() const { return std::string(observation_.outcome().mean_score); }
  const nn::Channel& channel() const { return cell_.channels[channel_]; }
  analysis::Kept<std::vector<double>> scores(Run run) const { return analysis::scores(observation_, run); }

  Panel bare(const std::string& title, const Ink& ink) const {
    Panel panel{
        .title = title, .title_ink = ink, .x = time_axis(observation_, tape_), .empty_text = "no steps yet"};
    add_forced(panel, forced_);
    return panel;
  }

  void add_cursor(Panel& panel) const {
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
  }

  /// Both lines over the steps shown; the axis has room for all of them, so that frames agree.
  void add_pair(Panel& panel, const std::vector<double>& natural, const std::vector<double>& forced) const {
    double most = 0;
    for (const auto* values : {&natural, &forced})
      for (const double v : *values)
        if (std::isfinite(v)) most = std::max(most, v);
    panel.y.low = 0;
    panel.y.high = most > 0 ? most * 1.05 : 1;
    const auto first = [&](std::vector<double> values) {
      values.resize(std::min(values.size(), static_cast<std::size_t>(shown_)));
      return values;
    };
    panel.marks.push_back(Line{.name = "natural", .y = first(natural), .ink = {InkRole::muted}});
    panel.marks.push_back(
        Line{.name = "with the rule", .y = first(forced), .ink = {InkRole::forced}, .weight = 1.3F});
  }

  /// Of a line over all steps the points where something was expected.
  static Line labels_of(Line line) {
    std::vector<double> values;
    for (std::size_t t = 0; t < line.y.size(); ++t)
      if (std::isfinite(line.y[t])) line.x.push_back(static_cast<double>(t)), values.push_back(line.y[t]);
    line.y = std::move(values);
    line.marker = Marker::disc;
    return line;
  }

  Panel losses(const std::vector<double>& natural, const std::vector<double>& forced) const {
    Panel panel = bare(fmt::format("loss of the {}", observation_.outcome().name), {});
    panel.y.title = observation_.outcome().score;
    panel.legend = Legend::above;
    add_pair(panel, natural, forced);
    if (!observation_.expects_always())  // a label is a point on its own, which no line would show
      for (Mark& mark : panel.marks)
        if (auto* line = std::get_if<Line>(&mark)) *line = labels_of(*line);
    panel.remark = fmt::format("mean {}, forced {}", quoted(analysis::mean_of_finite(natural, 0, shown_)),
                               quoted(analysis::mean_of_finite(forced, 0, shown_)));
    add_cursor(panel);
    return panel;
  }

  Panel difference() const {
    Panel panel = bare(title_of(channel()) + ", forced − natural", {role_of(cell_, channel_)});
    if (auto* spans = panel.marks.empty() ? nullptr : std::get_if<Spans>(&panel.marks[0]))
      spans->name.clear();
    panel.height = 1.3F;
    std::vector<int> units(static_cast<std::size_t>(tape_.hidden()));
    std::iota(units.begin(), units.end(), 0);
    units = sorted_rows(observation_, options_, std::move(units));
    panel.y = unit_axis(units);
    const auto forced = tape_.values(channel_), natural = natural_->values(channel_);
    float most = 0;
    int where = 0;
    std::vector<float> values(static_cast<std::size_t>(tape_.hidden() * tape_.steps()));
    for (Index t = 0; t < tape_.steps(); ++t)
      for (std::size_t row = 0; row < units.size(); ++row) {
        const int u = units[row];
        const float change = forced(u, t) - natural(u, t);
        values[static_cast<std::size_t>(t * tape_.hidden()) + row] = change;
        if (std::abs(change) > most && std::isfinite(change)) most = std::abs(change), where = u;
      }
    values.resize(static_cast<std::size_t>(tape_.hidden() * shown_));
    // On the scale of the channel itself without the rules: a small difference looks small.
    ColorScale colors = colors_of(observation_, options_, channel_);
    if (colors.map == Colormap::sequential) {
      colors = signed_colors(role_of(cell_, channel_));
      colors.low = -1;
      colors.high = 1;
    }
    if (shown_ > 0)
      panel.marks.push_back(Heatmap{.name = panel.title,
                                    .values = {static_cast<int>(tape_.hidden()), static_cast<int>(shown_),
                                               std::move(values), Matrix::Order::column_major},
                                    .colors = colors});
    panel.remark = most > 0 ? fmt::format("most in unit {}", where) : "no difference";
    Cursor cursor;
    if (options_.step) cursor.x = *options_.step;
    if (options_.unit) cursor.y = place_of(panel.y, *options_.unit);
    if (cursor.x || cursor.y) panel.marks.push_back(cursor);
    return panel;
  }

  Panel sizes(const std::vector<double>& natural, const std::vector<double>& forced) const {
    Panel panel = bare(fmt::format("mean |{}| over units", symbol_of(channel())), {role_of(cell_, channel_)});
    panel.y.title = fmt::format("|{}|", symbol_of(channel()));
    panel.legend = Legend::none;
    panel.height = 0.8F;
    add_pair(panel, natural, forced);
    panel.remark = fmt::format("mean {}, forced {}", quoted(analysis::mean_of_finite(natural, 0, shown_)),
                               quoted(analysis::mean_of_finite(forced, 0, shown_)));
    add_old(panel);
    add_cursor(panel);
    return panel;
  }

  /// Of a memory that gates keep: what of it is the old one still.
  void add_old(Panel& panel) const {
    if (!analysis::keeps_by_gates(cell_, channel_)) return;
    const analysis::Series series = series_of(options_, channel_);
    const auto add = [&](const analysis::Series& of, const std::string& name, InkRole ink) {
      const auto old = analysis::old_memory(observation_, of);
      if (!*old) return;
      Line line{.name = name, .ink = {ink}, .dash = Dash::dashed};
      for (Index t = 0; t < shown_; ++t) {
        const double size = (*old)->sizes[t];
        if (std::isfinite(size)) line.x.push_back(static_cast<double>(t)), line.y.push_back(size);
      }
      panel.marks.push_back(std::move(line));
      panel.remark = fmt::format("dashed: what is left of step {}’s", (*old)->from);
    };
    add(series.natural(), "left of the old, natural", InkRole::muted);
    add(series, "left of the old, with the rule", InkRole::forced);
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  const Tape* natural_;
  const nn::CellInfo& cell_;
  int channel_;
  Index shown_;
  std::vector<std::pair<double, double>> forced_;
  Index first_;  // the first forced step
};

}  // namespace

Figure effect_view(std::span<const Observation> observations, const ViewOptions& options) {
  return EffectView(only_observation(observations, "effect"), options).make();
}

}  // namespace gatescope::views
