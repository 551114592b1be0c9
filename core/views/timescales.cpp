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

class TimescalesView {
 public:
  TimescalesView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.unit) check_unit(tape_, *options.unit);
    effective_ = effective(false);
    if (observation.natural) natural_ = effective(true);
    resting_ = analysis::recall(observation, "resting time constants", memory_options(options, false), [&] {
      return analysis::resting_time_constants<float>(*observation.network, options.layer, tape_.reverse());
    });
    // A rule moves the points and not their places.
    order_ = analysis::greatest_first(natural_ ? *natural_ : *effective_).units;
  }

  Figure make() const {
    Figure figure;
    figure.title = "Time constants, " + where_of(observation_, options_);
    figure.panels = {ladder()};
    const auto [low, middle, high] = quartiles(*effective_);
    std::string label = fmt::format("median over {}, from {} to {}", memories(), quoted(low), in_steps(high));
    if (natural_) label += ", natural " + in_steps(std::get<1>(quartiles(*natural_)));
    figure.headlines.push_back({in_steps(middle), label});
    figure.caption =
        sentences({"A memory that nothing refreshes falls to 37 % over its time constant, −1 / ln of what "
                   "its gate keeps. "
                   "Diamonds: by its bias alone; discs: over this text.",
                   unbounded(), forced_sentence(observation_)});
    return figure;
  }

 private:
  analysis::Kept<std::vector<double>> effective(bool natural) const {
    return analysis::recall(observation_, "effective time constants", memory_options(options_, natural), [&] {
      return analysis::effective_time_constants(memories_of(observation_, options_, natural));
    });
  }
  Index several() const { return static_cast<Index>(effective_->size()) / tape_.hidden(); }
  std::string memories() const {
    return several() > 1 ? counted(static_cast<Index>(effective_->size()), "memory", "memories")
                         : counted(tape_.hidden(), "unit", "units");
  }
  static std::tuple<double, double, double> quartiles(std::vector<double> values) {
    std::ranges::sort(values);
    return {values.front(), values[values.size() / 2], values.back()};
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
    double low = 1, high = 10;
    for (const auto* values : {effective_.get(), resting_.get(), natural_.get()})
      if (values)
        for (const double tau : *values)
          if (std::isfinite(tau) && tau > 0) low = std::min(low, tau), high = std::max(high, tau);
    panel.y = {.title = "time constant",
               .unit = "steps",
               .kind = ScaleKind::log,
               .low = std::max(0.01, low / 1.5),
               .high = std::min(1e6, high * 1.5)};
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
  analysis::Kept<std::vector<double>> effective_, natural_, resting_;
  std::vector<int> order_;  // rows of the memory
};

}  // namespace

Figure timescales_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "timescales");
  if (auto none = without_memory(observation, options, "Time constants")) return *none;
  return TimescalesView(observation, options).make();
}

}  // namespace gatescope::views
