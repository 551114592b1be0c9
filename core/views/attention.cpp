// Memory attention: what every reading of the memory owes to every earlier writing, as an exact weighted sum,
// drawn like the attention of an encoder-decoder [murdoch2017, bahdanau2015].

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/memory_attention.h"
#include "core/views/memory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kFaintestShare = 1e-2;  // of the brightest

class AttentionView {
 public:
  AttentionView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) check_unit(tape_, *options.unit);
    const Steps steps = steps_of_pairs(tape_, options, step());
    first_ = steps.first;
    last_ = steps.last;
  }

  Figure make() const {
    Figure figure;
    figure.title = "Memory attention, " + where_of(observation_, options_);
    figure.share_x = true;
    figure.columns = options_.unit ? 2 : 1;
    figure.panels.push_back(weights({}));
    if (options_.unit) figure.panels.push_back(weights(options_.unit));
    figure.panels.push_back(ages({}));
    if (options_.unit) figure.panels.push_back(ages(options_.unit));
    std::string label = fmt::format("mean age of what is remembered at step {}", step());
    if (observation_.natural) label += ", natural " + in_steps(age_at(true));
    figure.headlines.push_back({in_steps(age_at(false)), label});
    figure.caption = sentences({"Each row times what was written adds up to the memory, exactly.",
                                pairs_sentence(tape_, {static_cast<int>(first_), static_cast<int>(last_)}),
                                several(), forced_sentence(observation_)});
    return figure;
  }

 private:
  Index step() const { return options_.step.value_or(static_cast<int>(tape_.step(tape_.steps() - 1))); }
  std::string several() const {
    const std::array memory{tape_.info().memory()};
    return options_.unit ? several_sentence(tape_.info(), memory) : "";
  }
  Index row() const { return tape_.row_of(tape_.info().memory(), *options_.unit); }

  analysis::Kept<analysis::MemoryAges> ages_of(bool natural, std::optional<int> unit) const {
    return analysis::recall(
        observation_, "memory ages", memory_options(options_, natural, {unit.value_or(-1)}), [&] {
          const auto memories = memories_of(observation_, options_, natural);
          return unit ? analysis::memory_ages(memories.row(row())) : analysis::memory_ages(memories);
        });
  }
  double age_at(bool natural) const { return ages_of(natural, {})->age[step()]; }

  analysis::Kept<gatescope::Matrix<double>> sizes(std::optional<int> unit) const {
    return analysis::recall(observation_, "memory attention",
                            memory_options(options_, false, {unit.value_or(-1), first_, last_}),
                            [&]() -> gatescope::Matrix<double> {
                              const auto memories = memories_of(observation_, options_, false);
                              if (unit)
                                return analysis::memory_attention(memories.row(row()), first_, last_).alpha;
                              return analysis::mean_attention(memories, first_, last_);
                            });
  }

  Axis steps_axis() const {
    Axis axis = time_axis(observation_, tape_);
    axis.low = static_cast<double>(first_) - 0.5;
    axis.high = static_cast<double>(last_) + 0.5;
    return axis;
  }

  Panel weights(std::optional<int> unit) const {
    Panel panel;
    panel.title = unit ? fmt::format("unit {}", *unit) : "all units, mean";
    panel.title_ink = {role_of(tape_.info(), tape_.info().memory())};
    panel.x = steps_axis();
    panel.x.title = "written at step";
    panel.y = {.title = "read at step", .low = panel.x.low, .high = panel.x.high, .whole = true};
    panel.unit = unit;
    panel.height = 3;
    const auto kept = sizes(unit);
    const Index count = kept->rows();
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(count * count));
    double most = 0;
    for (Index t = 0; t < count; ++t)
      for (Index s = 0; s < count; ++s) {
        const bool later = tape_.reverse() ? s < t : s > t;
        const double size = std::abs((*kept)(t, s));
        if (std::isfinite(size)) most = std::max(most, size);
        values.push_back(later ? 0.0F : static_cast<float>(size));
      }
    most = most > 0 && most <= 1 ? 1 : most;
    panel.marks.push_back(
        Heatmap{.name = "share of what was written",
                .values = {static_cast<int>(count), static_cast<int>(count), std::move(values)},
                .colors = {.map = Colormap::sequential,
                           .low = kFaintestShare * (most > 0 ? most : 1),
                           .high = most > 0 ? most : 1,
                           .kind = ScaleKind::log,
                           .bar = ColorScale::Bar::compact},
                .x0 = static_cast<double>(first_),
                .y0 = static_cast<double>(first_)});
    add_forced(panel, forced_steps(observation_, tape_.steps()));
    if (options_.step) {
      const double at = *options_.step;
      panel.marks.push_back(Cursor{.x = at, .y = at});
    }
    return panel;
  }

  Panel ages(std::optional<int> unit) const {
    Panel panel{.title = "mean age of what is remembered"};
    panel.x = steps_axis();
    panel.y = {.title = "steps", .low = 0};
    panel.unit = unit;
    panel.legend = observation_.natural ? Legend::automatic : Legend::none;
    const auto part = [&](bool natural) {
      Line line;
      const auto ages = ages_of(natural, unit);
      for (Index t = first_; t <= last_; ++t) {
        line.x.push_back(static_cast<double>(t));
        line.y.push_back(ages->age[t]);
      }
      return line;
    };
    if (observation_.natural) {
      Line natural = part(true);
      natural.name = "natural";
      natural.ink = {InkRole::muted};
      natural.dash = Dash::dashed;
      panel.marks.push_back(std::move(natural));
    }
    Line line = part(false);
    line.name = observation_.natural ? "with the rule" : "";
    line.ink = {observation_.natural ? InkRole::forced : role_of(tape_.info(), tape_.info().memory())};
    line.weight = 1.3F;
    panel.marks.push_back(std::move(line));
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  Index first_ = 0, last_ = 0;
};

}  // namespace

Figure attention_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "attention");
  if (auto none = without_memory(observation, options, "Memory attention")) return *none;
  return AttentionView(observation, options).make();
}

}  // namespace gatescope::views
