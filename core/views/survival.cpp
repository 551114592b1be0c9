// What becomes of what a step left in the memory: how much of it survives, and which steps erase it.

#include "core/analysis/survival.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/math/quantile.h"
#include "core/views/memory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr Index kMostHeadCurves = 6;  // whose curves can be told apart

class SurvivalView {
 public:
  SurvivalView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) check_unit(tape_, *options.unit);
    from_ = options.step ? *options.step : tape_.step(0);
    all_ = erasure_of(false);
    if (observation.natural) natural_ = erasure_of(true);
  }

  Figure make() const {
    Figure figure;
    figure.title = "Survival in memory, " + where_of(observation_, options_);
    figure.share_x = true;
    figure.panels = {curves(), erased()};
    figure.headlines.push_back(headline());
    figure.caption = sentences(
        {fmt::format(
             "How much is left of what the memory held at step {}; what is written anew does not count. "
             "Below, the steps that erased it: their shares add up exactly.",
             from_),
         one_a_unit() ? "" : "A unit has several memories; all of them count, each by its size.",
         forced_sentence(observation_)});
    return figure;
  }

 private:
  analysis::Kept<analysis::Erasure> erasure_of(bool natural) const {
    return analysis::recall(observation_, "erasure", memory_options(options_, natural, {from_}), [&] {
      return analysis::erasure(memories_of(observation_, options_, natural), from_);
    });
  }
  bool one_a_unit() const { return tape_.info().channels[tape_.info().memory()].one_a_unit(); }
  Index way() const { return tape_.reverse() ? -1 : 1; }
  Index end() const { return tape_.step(tape_.steps() - 1); }

  /// Steps until less than half is left; none where it never is.
  std::optional<Index> half_life(const analysis::Erasure& all) const {
    for (Index t = from_; t >= 0 && t < tape_.steps(); t += way())
      if (all.left[t] < 0.5) return std::abs(t - from_);
    return std::nullopt;
  }
  std::string half_life_text(const analysis::Erasure& all) const {
    if (const auto half = half_life(all)) return counted(*half, "step", "steps");
    return fmt::format("over {}", counted(std::abs(end() - from_), "step", "steps"));
  }
  Headline headline() const {
    std::string label = fmt::format("until half of step {}’s memory is gone", from_);
    if (natural_) label += ", natural " + half_life_text(*natural_);
    return {half_life_text(*all_), label};
  }

  Panel curves() const {
    const nn::CellInfo& cell = tape_.info();
    const Ink ink{role_of(cell, cell.memory())};
    Panel panel{.title = fmt::format("left of {} of step {}", memory_symbol(observation_, options_), from_),
                .title_ink = ink,
                .empty_text = "no steps yet"};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = "share left", .low = -0.02, .high = 1.02};
    panel.height = 1.4F;
    panel.legend = Legend::automatic;
    add_forced(panel, forced_steps(observation_, tape_.steps()));
    if (all_->heads.empty()) {
      add_spread(panel, ink);
    } else {
      add_heads(panel);
    }
    if (natural_)
      panel.marks.push_back(Line{.name = "all together, natural",
                                 .x = steps_since(),
                                 .y = since(natural_->left),
                                 .ink = {InkRole::muted},
                                 .dash = Dash::dashed});
    panel.marks.push_back(
        Line{.name = "all together", .x = steps_since(), .y = since(all_->left), .ink = ink, .weight = 1.8F});
    if (options_.unit) {
      panel.marks.push_back(Line{.name = fmt::format("unit {}", *options_.unit),
                                 .x = steps_since(),
                                 .y = since(analysis::left_of_unit(*all_, tape_.hidden(), *options_.unit)),
                                 .ink = {InkRole::neutral},
                                 .dash = Dash::dotted,
                                 .weight = 1.2F,
                                 .unit = *options_.unit});
    }
    panel.marks.push_back(Cursor{.x = static_cast<double>(from_), .y = {}});
    return panel;
  }

  /// The steps from the chosen one on, and what is left at each: before it nothing is asked for.
  std::vector<double> steps_since() const {
    std::vector<double> steps;
    for (Index t = from_; t >= 0 && t < tape_.steps(); t += way()) steps.push_back(static_cast<double>(t));
    return steps;
  }
  std::vector<double> since(const std::vector<double>& values) const {
    std::vector<double> some;
    for (const double t : steps_since()) some.push_back(values[static_cast<std::size_t>(t)]);
    return some;
  }

  /// Where most of the memories lie, one or several a unit.
  void add_spread(Panel& panel, Ink ink) const {
    const auto steps = static_cast<std::size_t>(tape_.steps());
    Band most{.ink = ink, .opacity = 0.18F},
        half{.name = one_a_unit() ? "half of the units, and 80 %" : "half of the memories, and 80 %",
             .ink = ink,
             .opacity = 0.28F};
    for (std::size_t t = 0; t < steps; ++t) {
      std::vector<double> sizes;
      for (const auto& one : all_->survival)
        if (std::isfinite(one[t])) sizes.push_back(std::min(1.0, std::abs(one[t])));
      if (sizes.empty()) continue;
      std::ranges::sort(sizes);
      for (auto [band, low, high] : {std::tuple{&most, 0.1, 0.9}, {&half, 0.25, 0.75}}) {
        band->x.push_back(static_cast<double>(t));
        band->low.push_back(nearest_quantile(sizes, low));
        band->high.push_back(nearest_quantile(sizes, high));
      }
    }
    panel.marks.push_back(std::move(most));
    panel.marks.push_back(std::move(half));
  }

  /// A curve a head, some of many.
  void add_heads(Panel& panel) const {
    const auto heads = static_cast<Index>(all_->heads.size()), shown = std::min(heads, kMostHeadCurves);
    for (Index k = 0; k < shown; ++k) {
      const Index head = shown == heads ? k : k * (heads - 1) / (shown - 1);
      panel.marks.push_back(Line{.name = fmt::format("head {}", head),
                                 .x = steps_since(),
                                 .y = since(all_->heads[static_cast<std::size_t>(head)]),
                                 .ink = {InkRole::series, static_cast<int>(k)},
                                 .dash = model_dash(static_cast<std::size_t>(k))});
    }
    if (shown < heads) panel.remark = fmt::format("{} of {} heads", shown, heads);
  }

  Panel erased() const {
    const nn::CellInfo& cell = tape_.info();
    Panel panel{.title = "erased by each step", .title_ink = {role_of(cell, cell.keep_gate())}};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = "share of it", .low = 0};
    panel.legend = Legend::none;
    add_forced(panel, forced_steps(observation_, tape_.steps()));
    Line needles{.ink = {role_of(cell, cell.keep_gate())}, .weight = 2};
    std::size_t worst = static_cast<std::size_t>(from_);
    for (std::size_t t = 0; t < all_->erased.size(); ++t)
      if (all_->erased[t] > all_->erased[worst]) worst = t;
    // A column a step, drawn as a run of steps: a zero before and after each.
    Band columns{.ink = {role_of(cell, cell.keep_gate())}, .opacity = 0.8F};
    for (std::size_t t = 0; t < all_->erased.size(); ++t) {
      const double at = static_cast<double>(t), size = std::max(0.0, all_->erased[t]);
      for (const double x : {at - 0.4, at + 0.4}) {
        columns.x.push_back(x);
        columns.low.push_back(0);
        columns.high.push_back(size);
      }
      columns.x.push_back(at + 0.5);
      columns.low.push_back(0);
      columns.high.push_back(std::nan(""));
    }
    panel.marks.push_back(std::move(columns));
    if (all_->erased[worst] > 0) {
      panel.remark =
          fmt::format("most by step {}, {}: {}", worst,
                      read_in_quotes(observation_, static_cast<Index>(worst)), percent(all_->erased[worst]));
    }
    panel.marks.push_back(Cursor{.x = static_cast<double>(from_), .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  Index from_ = 0;
  analysis::Kept<analysis::Erasure> all_, natural_;
};

}  // namespace

Figure survival_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "survival");
  if (auto none = without_memory(observation, options, "Survival in memory")) return *none;
  return SurvivalView(observation, options).make();
}

}  // namespace gatescope::views
