// The ladder of time constants: how long each memory lasts by its bias alone, and over the text that was
// read.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/analysis/survival.h"
#include "core/views/memory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using Constants = analysis::Kept<std::vector<double>>;

Constants effective_of(const Observation& observation, const ViewOptions& options, bool natural) {
  return analysis::recall(observation, "effective time constants", memory_options(options, natural), [&] {
    return analysis::effective_time_constants(memories_of(observation, options, natural));
  });
}

Constants resting_of(const Observation& observation, const ViewOptions& options) {
  return analysis::recall(observation, "resting time constants", memory_options(options, false), [&] {
    return analysis::resting_time_constants<float>(*observation.network, options.layer,
                                                   options.backward_direction);
  });
}

/// Of those that are known; NaN each where none is.
std::tuple<double, double, double> least_median_greatest(std::vector<double> values) {
  std::erase_if(values, [](double tau) { return std::isnan(tau); });
  if (values.empty()) values.push_back(std::nan(""));
  std::ranges::sort(values);
  return {values.front(), values[values.size() / 2], values.back()};
}

/// An axis that has room for all of them.
Axis axis_for(std::initializer_list<const std::vector<double>*> all, std::optional<Axis> before = {}) {
  double low = before ? *before->low * 1.5 : 1, high = before ? *before->high / 1.5 : 10;
  for (const auto* values : all)
    if (values)
      for (const double tau : *values)
        if (std::isfinite(tau) && tau > 0) low = std::min(low, tau), high = std::max(high, tau);
  return {.title = "time constant",
          .unit = "steps",
          .kind = ScaleKind::log,
          .low = std::max(0.01, low / 1.5),
          .high = std::min(1e6, high * 1.5)};
}

class TimescalesView {
 public:
  TimescalesView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.unit) check_unit(tape_, *options.unit);
    effective_ = effective_of(observation, options, false);
    if (observation.natural) natural_ = effective_of(observation, options, true);
    resting_ = resting_of(observation, options);
    // A rule moves the points and not their places.
    order_ = analysis::greatest_first(natural_ ? *natural_ : *effective_).units;
  }

  Figure make() const {
    Figure figure;
    figure.title = "Time constants, " + where_of(observation_, options_);
    figure.panels = {ladder()};
    const auto [low, middle, high] = least_median_greatest(*effective_);
    std::string label = fmt::format("median over {}, from {} to {}", memories(), quoted(low), in_steps(high));
    if (natural_) label += ", natural " + in_steps(std::get<1>(least_median_greatest(*natural_)));
    figure.headlines.push_back({in_steps(middle), label});
    figure.caption =
        sentences({"A memory that nothing refreshes falls to 37 % over its time constant, −1 / ln of what "
                   "its gate keeps. "
                   "Diamonds: by its bias alone; discs: over this text.",
                   unbounded(), forced_sentence(observation_)});
    return figure;
  }

 private:
  Index several() const { return static_cast<Index>(effective_->size()) / tape_.hidden(); }
  std::string memories() const {
    return several() > 1 ? counted(static_cast<Index>(effective_->size()), "memory", "memories")
                         : counted(tape_.hidden(), "unit", "units");
  }
  std::string unbounded() const {
    const auto open = std::ranges::count_if(*effective_, [](double tau) { return std::isinf(tau); });
    return open == 0 ? "" : fmt::format("{} of them never fade.", open);
  }

  Panel ladder() const {
    const nn::CellInfo& cell = tape_.info();
    const Ink ink{role_of(cell, cell.keep_gate())};
    Panel panel{.title = several() > 1 ? "every memory, the longest first" : "every unit, the longest first",
                .title_ink = ink};
    panel.x = {.title = several() > 1 ? "memory, by its rank" : "unit, by its rank",
               .low = -1,
               .high = static_cast<double>(order_.size()),
               .whole = true};
    if (several() == 1) {
      panel.x.counts = Counts::units;
      panel.x.numbers = order_;
    }
    panel.y = axis_for({effective_.get(), resting_.get(), natural_.get()});
    panel.legend = Legend::above;
    const auto points = [&](const std::vector<double>& values) {
      std::vector<double> sorted;
      for (const int row : order_) {
        const double tau = values[row];
        sorted.push_back(std::clamp(tau, *panel.y.low, *panel.y.high));
      }
      return sorted;
    };
    std::vector<double> ranks(order_.size());
    std::iota(ranks.begin(), ranks.end(), 0);
    const float size = order_.size() > 200 ? 0.5F : 1;
    panel.marks.push_back(
        Rule{.at = static_cast<double>(tape_.steps()), .vertical = false, .label = "length of the text"});
    panel.marks.push_back(Scatter{.name = "by the bias alone",
                                  .x = ranks,
                                  .y = points(*resting_),
                                  .ink = {InkRole::muted},
                                  .marker = Marker::diamond,
                                  .size = 1.3F * size});
    if (natural_)
      panel.marks.push_back(Line{.name = "natural", .y = points(*natural_), .ink = ink, .weight = 0.8F});
    panel.marks.push_back(Scatter{.name = natural_ ? "with the rule" : "over this text",
                                  .x = ranks,
                                  .y = points(*effective_),
                                  .ink = natural_ ? Ink{InkRole::forced} : ink,
                                  .size = 2 * size});
    if (options_.unit && several() == 1) {
      const auto rank = static_cast<std::size_t>(std::ranges::find(order_, *options_.unit) - order_.begin());
      panel.marks.push_back(
          Note{.x = static_cast<double>(rank),
               .y = points(*effective_)[rank],
               .text = fmt::format("unit {}: {}", *options_.unit, in_steps((*effective_)[*options_.unit])),
               .dot = true});
    }
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  Constants effective_, natural_, resting_;
  std::vector<int> order_;  // rows of the memory
};

/// The ladders of several models side by side on one axis, each beside where it began.
class LaddersView {
 public:
  LaddersView(std::span<const Observation> observations, const ViewOptions& options)
      : observations_(observations) {
    for (const Observation& observation : observations) {
      only_observation(std::span(&observation, 1), "timescales");
      const ViewOptions own = options_of(observation, options);
      Ladder& one = ladders_.emplace_back();
      if (!analysis::why_no_gated_memory(observation.network->cell(own.layer)).empty()) continue;
      one.effective = effective_of(observation, own, false);
      if (observation.natural) one.natural = effective_of(observation, own, true);
      one.start = started_of(observation, own);
      one.order = analysis::greatest_first(one.natural ? *one.natural : *one.effective).units;
    }
  }

  Figure make() const {
    Figure figure;
    figure.title = "Time constants side by side";
    figure.panels = {side_by_side()};
    figure.headlines.push_back(headline());
    figure.caption =
        sentences({"The longest of each model first; the bar is its median. Diamonds: the same memories by "
                   "their biases alone, "
                   "as the training began where that is known.",
                   forced_sentence(observations_)});
    return figure;
  }

 private:
  struct Ladder {
    Constants effective, natural, start;  // null where no gate keeps a memory
    std::vector<int> order;               // rows of the memory
  };

  /// The layer that is asked for, of a model with fewer its topmost.
  static ViewOptions options_of(const Observation& observation, ViewOptions options) {
    const nn::ModelSpec& spec = observation.network->spec();
    options.layer = std::clamp(options.layer, 0, spec.layers - 1);
    options.backward_direction = options.backward_direction && spec.bidirectional;
    return options;
  }
  /// By the biases that the training began with; where nobody knows them, by those of now.
  static Constants started_of(const Observation& observation, const ViewOptions& options) {
    return analysis::recall(observation, "time constants at the start", memory_options(options, false), [&] {
      const auto start = observe::network_at_start(observation.past.get());
      if (!start) return *resting_of(observation, options);
      return analysis::resting_time_constants<float>(*start, options.layer, options.backward_direction);
    });
  }
  static double median_of(const Ladder& one) { return std::get<1>(least_median_greatest(*one.effective)); }

  Headline headline() const {
    std::optional<std::size_t> longest;
    for (std::size_t k = 0; k < ladders_.size(); ++k)
      if (ladders_[k].effective && (!longest || median_of(ladders_[k]) > median_of(ladders_[*longest])))
        longest = k;
    if (!longest) return {"–", "no gate keeps a memory in any of them"};
    return {in_steps(median_of(ladders_[*longest])),
            fmt::format("the longest median, of {}", name_of(observations_[*longest]))};
  }

  Panel side_by_side() const {
    Panel panel{.title = "every memory, model by model", .legend = Legend::above};
    panel.x = {.low = -0.5, .high = static_cast<double>(ladders_.size()) - 0.5, .whole = true, .grid = false};
    std::optional<Axis> room;
    for (const Ladder& one : ladders_)
      room = axis_for({one.effective.get(), one.natural.get(), one.start.get()}, room);
    panel.y = *room;
    bool named = false;
    for (std::size_t k = 0; k < ladders_.size(); ++k) {
      const Ladder& one = ladders_[k];
      const std::string name = name_of(observations_[k]);
      panel.x.ticks.push_back(
          {static_cast<double>(k), one.effective ? fmt::format("{}: {}", name, in_steps(median_of(one)))
                                                 : name + ": no gate keeps it"});
      if (!one.effective) continue;
      add(panel, k, named ? "" : "by the bias alone");
      named = true;
    }
    return panel;
  }

  void add(Panel& panel, std::size_t k, std::string start) const {
    const Ladder& one = ladders_[k];
    const auto count = static_cast<double>(one.order.size()), left = static_cast<double>(k) - 0.4;
    std::vector<double> places;
    for (std::size_t rank = 0; rank < one.order.size(); ++rank)
      places.push_back(left + 0.8 * (static_cast<double>(rank) + 0.5) / count);
    const auto points = [&](const std::vector<double>& values) {
      std::vector<double> sorted;
      for (const int row : one.order)
        sorted.push_back(std::clamp(values[static_cast<std::size_t>(row)], *panel.y.low, *panel.y.high));
      return sorted;
    };
    const float size = one.order.size() > 100 ? 0.5F : 1;
    panel.marks.push_back(Scatter{.name = std::move(start),
                                  .x = places,
                                  .y = points(*one.start),
                                  .ink = {InkRole::muted},
                                  .marker = Marker::diamond,
                                  .size = 1.2F * size});
    if (one.natural)
      panel.marks.push_back(
          Line{.x = places, .y = points(*one.natural), .ink = {InkRole::muted}, .weight = 0.8F});
    panel.marks.push_back(Scatter{
        .x = places, .y = points(*one.effective), .ink = model_ink(observations_, k), .size = 1.8F * size});
    const double median = std::clamp(median_of(one), *panel.y.low, *panel.y.high);
    panel.marks.push_back(Line{
        .x = {left, left + 0.8}, .y = {median, median}, .ink = model_ink(observations_, k), .weight = 2});
  }

  std::span<const Observation> observations_;
  std::vector<Ladder> ladders_;
};

}  // namespace

Figure timescales_view(std::span<const Observation> observations, const ViewOptions& options) {
  if (observations.size() > 1) return LaddersView(observations, options).make();
  const Observation& observation = only_observation(observations, "timescales");
  if (auto none = without_memory(observation, options, "Time constants")) return *none;
  return TimescalesView(observation, options).make();
}

}  // namespace gatescope::views
