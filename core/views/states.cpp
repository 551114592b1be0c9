// The cell state beside the hidden state: what is kept moves slowly, what is shown moves fast. Lines of
// chosen units, mean and spread over all of them, and the relative step of each (analysis/drift.h).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

/// What is set against what: cell and hidden state; without a cell state, hidden state and candidate.
struct Pair {
  int slow, fast;
};

Pair pair_of(const nn::CellInfo& cell) {
  if (cell.has_cell_state()) return {cell.memory(), cell.hidden()};
  const int candidate = cell.first(nn::Role::candidate);
  return {cell.hidden(), candidate != nn::kNone ? candidate : nn::kNone};
}

class StatesView {
 public:
  StatesView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        cell_(tape_.info()),
        shown_(steps_shown(tape_, options)),
        pair_(pair_of(cell_)),
        lens_(lens_of(observation, options)) {
    units_ =
        units_or(tape_, options,
                 *analysis::telling_units(observation, scale_series(observation, options, pair_.slow), 3));
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) {
      check_unit(tape_, *options.unit);
      if (options.units.empty() && std::find(units_.begin(), units_.end(), *options.unit) == units_.end())
        units_.insert(units_.begin(), *options.unit);
    }
    forced_ = forced_steps(observation_, tape_.steps());
  }

  Figure make() const {
    Figure figure;
    figure.title = "States of " + where_of(observation_, options_);
    figure.share_x = true;
    figure.panels.push_back(lines(pair_.slow));
    if (pair_.fast != nn::kNone) figure.panels.push_back(lines(pair_.fast));
    figure.panels[0].legend = Legend::above;
    constexpr int lanes_of_curves = 2;  // what a panel of curves takes
    if (!options_.lanes || *options_.lanes >= 3 * lanes_of_curves) figure.panels.push_back(spread());
    for (const int k : {pair_.slow, pair_.fast})
      if (k != nn::kNone) figure.headlines.push_back(headline(k));
    if (!cell_.has_cell_state())
      figure.caption = fmt::format("{} has no cell state: its hidden state is its memory.", article());
    if (observation_.natural) figure.caption = sentences({figure.caption, "Dashed: without the rule."});
    figure.caption = sentences({figure.caption, several_sentence(cell_, std::array{pair_.slow}),
                                forced_sentence(observation_), lens_sentence(lens_)});
    return figure;
  }

 private:
  std::string article() const { return (cell_.title == "RNN" ? "An " : "A ") + std::string(cell_.title); }
  const nn::Channel& channel(int k) const { return cell_.channels[k]; }
  const Tape* natural() const {
    return observation_.natural ? &tape_of(observation_, *observation_.natural, options_) : nullptr;
  }

  /// The range of everything a panel will ever show, so that frames of an animation agree.
  static void widen(Axis& axis, const std::vector<double>& values) {
    for (const double v : values) {
      if (!std::isfinite(v)) continue;
      axis.low = std::min(axis.low.value_or(v), v);
      axis.high = std::max(axis.high.value_or(v), v);
    }
  }
  static void add_air(Axis& axis) {
    if (!axis.low) return;
    const double air = *axis.high > *axis.low ? 0.05 * (*axis.high - *axis.low) : 0.5;
    axis.low = *axis.low - air;
    axis.high = *axis.high + air;
  }

  /// The natural run sets the axis; what the rules drive beyond it is told.
  static void say_beyond(Panel& panel, double greatest) {
    if (!panel.y.low || (greatest >= *panel.y.low && greatest <= *panel.y.high)) return;
    panel.remark = fmt::format("forced, to {}: beyond the axis", quoted(greatest));
  }

  Panel bare(const std::string& title, const Ink& ink, bool named = false) const {
    Panel panel{
        .title = title, .title_ink = ink, .x = time_axis(observation_, tape_), .empty_text = "no steps yet"};
    add_forced(panel, seen_through(lens_, forced_));
    if (lens_) add_lens(panel, *lens_, named);
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  Panel lines(int k) const {
    Panel panel = bare(title_of(channel(k)), {role_of(cell_, k)}, k == pair_.slow);
    panel.key = std::string(channel(k).symbol);
    panel.y.title = number_of(channel(k));
    panel.legend = Legend::none;
    const bool ghost = tape_.forced() && !forced_steps(observation_, options_, tape_, k).empty();
    double greatest = 0;
    const auto take_greatest = [&](const std::vector<double>& values) {
      for (const double v : values)
        if (std::isfinite(v) && std::abs(v) > std::abs(greatest)) greatest = v;
    };
    for (std::size_t n = 0; n < units_.size(); ++n) {
      // Units of one quantity in its colour, the first strongest.
      const std::array strengths{1.0F, 0.68F, 0.42F};
      const std::array weights{1.3F, 1.0F, 0.8F};
      const float strength = strengths[n % strengths.size()];
      const Ink ink{role_of(cell_, k), static_cast<int>(n), strength};
      const Ink faint{role_of(cell_, k), static_cast<int>(n), 0.6F * strength};
      const auto add = [&](const std::string& name, std::vector<double> values, Dash dash) {
        if (dash == Dash::solid) take_greatest(values);
        values.resize(static_cast<std::size_t>(shown_));
        panel.marks.push_back(Line{.name = name,
                                   .y = std::move(values),
                                   .ink = dash == Dash::solid ? ink : faint,
                                   .dash = dash,
                                   .weight = weights[n % weights.size()],
                                   .unit = dash == Dash::solid ? std::optional(units_[n]) : std::nullopt});
      };
      const auto of = [&](const ConstMatrixView<float>& values) {
        return unit_values(values, units_[n], tape_.steps());
      };
      const std::vector<double> used = of(tape_.values(k));
      const std::vector<double> free = natural() ? of(natural()->values(k)) : used;
      widen(panel.y, free);
      if (natural()) add("", free, Dash::dashed);
      if (ghost) add("", of(tape_.raw_values(k)), Dash::dotted);
      add(fmt::format("unit {}", units_[n]), through_lens(lens_, used, free), Dash::solid);
    }
    add_air(panel.y);
    say_beyond(panel, greatest);
    return panel;
  }

  /// Mean over units, and a band of one standard deviation to either side, of both.
  Panel spread() const {
    Panel panel = bare("mean and spread over units", {});
    for (Mark& mark : panel.marks)  // the first panel's legend says it
      if (auto* spans = std::get_if<Spans>(&mark)) spans->name.clear();
    panel.y.title = "value";
    panel.remark = "band: one standard deviation";
    const auto add = [&](int k, const Tape& tape, bool natural) {
      Line mean{.name = natural ? "" : title_of(channel(k)),
                .ink = {role_of(cell_, k), 0, natural ? 0.7F : 1},
                .dash = natural ? Dash::dashed : Dash::solid};
      Band band{.ink = {role_of(cell_, k)}, .opacity = natural ? 0.12F : 0.25F};
      const bool sets = natural || !observation_.natural;  // the axis
      const auto free = analysis::summaries_of_steps(observation_, scale_series(observation_, options_, k));
      const auto summaries = analysis::summaries_of_steps(observation_, series_of(options_, k, natural));
      for (Index t = 0; t < tape.steps(); ++t) {
        const analysis::Summary& summary = (lens_ && t < *lens_ ? *free : *summaries)[t];
        if (sets) widen(panel.y, {summary.mean - summary.deviation, summary.mean + summary.deviation});
        if (t >= shown_) continue;
        mean.y.push_back(summary.mean);
        band.low.push_back(summary.mean - summary.deviation);
        band.high.push_back(summary.mean + summary.deviation);
      }
      if (tape.hidden() > 1) panel.marks.push_back(std::move(band));
      panel.marks.push_back(std::move(mean));
    };
    for (const int k : {pair_.slow, pair_.fast}) {
      if (k == nn::kNone) continue;
      if (natural()) add(k, *natural(), true);
      add(k, tape_, false);
    }
    add_air(panel.y);
    return panel;
  }

  /// Whether one unit was asked for, whose numbers are told then.
  bool alone() const { return options_.units.size() == 1 && tape_.hidden() > 1; }

  Headline headline(int k) const {
    const auto step = [&](bool of_natural) {
      const analysis::Series series = series_of(options_, k, of_natural);
      if (alone()) return quoted(analysis::relative_step(observation_, series, shown_, units_.front()));
      return quoted(analysis::relative_step(observation_, series, shown_));
    };
    const std::string symbol = number_of(channel(k));
    std::string label = fmt::format("|Δ{}| / std", symbol);
    if (alone()) label += fmt::format(", unit {}", units_.front());
    if (natural()) label += ", natural " + step(true);
    return {step(false), label};
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  const nn::CellInfo& cell_;
  Index shown_;
  Pair pair_;
  std::optional<int> lens_;
  std::vector<int> units_;
  std::vector<std::pair<double, double>> forced_;
};

}  // namespace

Figure states_view(std::span<const Observation> observations, const ViewOptions& options) {
  return StatesView(only_observation(observations, "states"), options).make();
}

}  // namespace gatescope::views
