// A matrix for a memory as a heatmap, one a head, beside what finds what in it: the cosine of every query
// with every key.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/addressed_memory.h"
#include "core/math/quantile.h"
#include "core/views/memory_parts.h"
#include "core/views/not_shown.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using Memory = analysis::AddressedMemory<float>;

constexpr Index kMostHeads = 4;         // side by side
constexpr Index kStepsOfScale = 64;     // that the scale of colours is taken from
constexpr double kShareInScale = 0.99;  // of all numbers of the memory

class MemoryView {
 public:
  MemoryView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        memory_(tape_) {
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) check_unit(tape_, *options.unit);
    head_ = memory_.head_of(options.unit.value_or(0));
    const Index shown = std::min(kMostHeads, memory_.heads());
    first_head_ = std::clamp<Index>(head_ - shown / 2, 0, memory_.heads() - shown);
    last_head_ = first_head_ + shown - 1;
    const Steps steps = steps_of_pairs(tape_, options, step());
    first_ = steps.first;
    last_ = steps.last;
  }

  Figure make() const {
    Figure figure;
    figure.title = "Matrix memory, " + where_of(observation_, options_);
    figure.columns = 2;
    figure.headlines.push_back(headline());
    figure.panels = {matrices(), addresses()};
    figure.caption = sentences(
        {"Left a row a unit, a column a number of the key. Right fits alone; memory attention says how much "
         "is left of what was written.",
         heads_sentence(), pairs_sentence(tape_, {static_cast<int>(first_), static_cast<int>(last_)}),
         forced_sentence(observation_)});
    return figure;
  }

 private:
  Index step() const { return options_.step.value_or(static_cast<int>(tape_.step(tape_.steps() - 1))); }
  bool one_head() const { return memory_.heads() == 1; }
  std::string of_head() const { return one_head() ? "" : fmt::format(" of head {}", head_); }
  std::string heads_sentence() const {
    if (last_head_ - first_head_ + 1 == memory_.heads()) return "";
    return fmt::format("Heads {} to {} of {}.", first_head_, last_head_, memory_.heads());
  }
  Headline headline() const {
    const auto in_use = [&](const Memory& memory) {
      return quoted(analysis::directions_in_use(memory.matrix(head_, step())));
    };
    const Index most = std::min(memory_.units(), memory_.keys());
    std::string label = fmt::format("{} used by the memory{} at step {}",
                                    most == 1 ? "direction" : "directions", of_head(), step());
    if (observation_.natural)
      label += ", natural " + in_use(Memory(tape_of(observation_, *observation_.natural, options_)));
    return {fmt::format("{} of {}", in_use(memory_), most), label};
  }

  /// The size that all but some of the memory's numbers have over the text, without rules.
  double usual_size() const {
    return *analysis::recall(observation_, "size of a matrix memory", memory_options(options_, true), [&] {
      const Tape& tape = tape_of(
          observation_, observation_.natural ? *observation_.natural : *observation_.sequence, options_);
      const auto values = tape.values(tape.info().memory());
      const Index every = (tape.steps() + kStepsOfScale - 1) / kStepsOfScale;
      std::vector<double> sizes;
      for (Index t = 0; t < tape.steps(); t += every)
        for (Index row = 0; row < values.rows(); ++row)
          if (std::isfinite(values(row, t))) sizes.push_back(std::abs(static_cast<double>(values(row, t))));
      std::ranges::sort(sizes);
      const double usual = quantile(sizes, kShareInScale);
      return usual > 0 ? usual : 1.0;
    });
  }

  Panel matrices() const {
    const nn::CellInfo& cell = tape_.info();
    const Index units = memory_.units(), keys = memory_.keys();
    Panel panel{.title = fmt::format("memory {} after step {}, {}", symbol_of(cell.channels[cell.memory()]),
                                     step(), read_in_quotes(observation_, step())),
                .title_ink = {role_of(cell, cell.memory())}};
    panel.x = {.title = one_head() ? "number of the key" : "numbers of the key, head by head",
               .whole = true,
               .grid = false};
    panel.y = {.title = one_head() ? "unit" : "unit of the head", .whole = true, .grid = false};
    const double most = usual_size();
    ColorScale colors = signed_colors(role_of(cell, cell.memory()));
    colors.low = -most;
    colors.high = most;
    colors.bar = ColorScale::Bar::compact;
    for (Index head = first_head_; head <= last_head_; ++head) {
      const gatescope::Matrix<double> memory = memory_.matrix(head, step());
      std::vector<float> values;
      values.reserve(static_cast<std::size_t>(memory.size()));
      for (const double value : memory.reshaped()) values.push_back(static_cast<float>(value));
      const double left = static_cast<double>((head - first_head_) * (keys + 1));
      panel.marks.push_back(Heatmap{.name = one_head() ? "memory" : fmt::format("memory of head {}", head),
                                    .values = {static_cast<int>(units), static_cast<int>(keys),
                                               std::move(values), Matrix::Order::column_major},
                                    .colors = colors,
                                    .x0 = left});
      if (!one_head())
        panel.x.ticks.push_back({left + static_cast<double>(keys - 1) / 2, fmt::format("head {}", head)});
    }
    if (options_.unit) panel.marks.push_back(row_of_unit(*options_.unit));
    return panel;
  }

  /// A frame around the chosen unit's row.
  Line row_of_unit(int unit) const {
    const double left = static_cast<double>((head_ - first_head_) * (memory_.keys() + 1)) - 0.5,
                 right = left + static_cast<double>(memory_.keys()),
                 top = static_cast<double>(unit % memory_.units()) - 0.5, bottom = top + 1;
    return {.name = fmt::format("unit {}", unit),
            .x = {left, right, right, left, left},
            .y = {top, top, bottom, bottom, top},
            .ink = {InkRole::neutral},
            .weight = 1.2F};
  }

  Panel addresses() const {
    const auto cosines =
        analysis::recall(observation_, "addresses", memory_options(options_, false, {head_, first_, last_}),
                         [&] { return memory_.addresses(head_, first_, last_); });
    Panel panel{.title = "addresses" + of_head() + ": cosine of query and key"};
    panel.x = time_axis(observation_, tape_);
    panel.x.low = static_cast<double>(first_) - 0.5;
    panel.x.high = static_cast<double>(last_) + 0.5;
    panel.x.title = "key written at step";
    panel.y = {.title = "query of step", .low = panel.x.low, .high = panel.x.high, .whole = true};
    const int count = static_cast<int>(cosines->rows());
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(cosines->size()));
    for (const double cosine : cosines->reshaped()) values.push_back(static_cast<float>(cosine));
    ColorScale colors = signed_colors();
    colors.low = -1;
    colors.high = 1;
    colors.bar = ColorScale::Bar::compact;
    panel.marks.push_back(Heatmap{.name = "cosine",
                                  .values = {count, count, std::move(values), Matrix::Order::column_major},
                                  .colors = colors,
                                  .x0 = static_cast<double>(first_),
                                  .y0 = static_cast<double>(first_)});
    add_forced(panel, forced_steps(observation_, tape_.steps()));
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = *options_.step});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  Memory memory_;
  Index head_ = 0, first_head_ = 0, last_head_ = 0, first_ = 0, last_ = 0;
};

}  // namespace

Figure memory_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "memory");
  if (const std::string why = analysis::why_no_matrix(observation.network->cell(options.layer)); !why.empty())
    return not_shown("Matrix memory, " + where_of(observation, options), capitalised(why) + ".");
  return MemoryView(observation, options).make();
}

}  // namespace gatescope::views
