// The clock: the text set with the time that passes for the memory before each character, and that time's sum
// over the steps [tallec2018, gu2024].

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/subjective_time.h"
#include "core/views/memory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using analysis::SubjectiveTime;

constexpr double kWidestGap = 9;  // of characters

class ClockView {
 public:
  ClockView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.step) check_step(tape_, *options.step);
    if (options.unit) check_unit(tape_, *options.unit);
    step_ = analysis::step_channel(tape_.info());
  }

  Figure make() const {
    Figure figure;
    figure.title = "The memory’s clock, " + where_of(observation_, options_);
    figure.headlines.push_back(headline());
    figure.panels.push_back(passed({}, false));
    if (options_.unit) {
      figure.panels.push_back(passed(options_.unit, false));
    } else if (observation_.natural) {
      figure.panels.push_back(passed({}, true));
    }
    figure.panels.push_back(elapsed({}));
    if (options_.unit) figure.panels.push_back(elapsed(options_.unit));
    figure.caption = sentences({meaning(), wider(), forced_sentence(observation_)});
    return figure;
  }

 private:
  analysis::Kept<SubjectiveTime> time_of(std::optional<int> unit, bool natural) const {
    return analysis::recall(
        observation_, "subjective time", memory_options(options_, natural, {unit.value_or(-1)}),
        [&] { return analysis::subjective_time<float>(memories_of(observation_, options_, natural), unit); });
  }
  std::size_t last() const { return static_cast<std::size_t>(tape_.step(tape_.steps() - 1)); }
  std::size_t first() const { return static_cast<std::size_t>(tape_.step(0)); }

  /// The mean step without rules: a gap of one character.
  double mean_step(std::optional<int> unit) const {
    const auto time = time_of(unit, observation_.natural != nullptr);
    const double mean = time->elapsed[last()] / static_cast<double>(std::max<Index>(1, tape_.steps() - 1));
    return std::isfinite(mean) && mean > 0 ? mean : 1;
  }

  static std::string half_text(const SubjectiveTime& time) {
    const auto half = analysis::steps_of_half(time);
    return half ? std::to_string(*half) : "none";
  }
  Headline headline() const {
    const auto time = time_of({}, false);
    std::string label =
        fmt::format("have half of the subjective time, {} in all", quoted(time->elapsed[last()]));
    if (observation_.natural) {
      const auto natural = time_of({}, true);
      label += fmt::format("; natural {}, {} in all", half_text(*natural), quoted(natural->elapsed[last()]));
    }
    return {fmt::format("{} of {}", half_text(*time), counted(tape_.steps(), "step", "steps")), label};
  }

  std::string symbol() const {
    const nn::CellInfo& cell = tape_.info();
    if (step_ != nn::kNone) return symbol_of(cell.channels[step_]);
    const nn::Channel& keep = cell.channels[cell.keep_gate()];
    return keep.keeps == nn::Share::rest ? fmt::format("−ln (1 − {})", symbol_of(keep))
                                         : "−ln " + symbol_of(keep);
  }
  std::string meaning() const {
    if (step_ != nn::kNone)
      return fmt::format(
          "Time is the step {}, Δ in the paper: the longer, the more its memories forget and take in.",
          symbol());
    const nn::Channel& keep = tape_.info().channels[tape_.info().keep_gate()];
    return fmt::format("Time is {}{}: after 1 a memory has fallen to 37 %. A step is at most 13.8 long.",
                       symbol(), keep.one_a_unit() ? "" : ", the mean over a unit’s memories");
  }
  /// How many gaps are wider than the strips show.
  std::string wider() const {
    if (observation_.sequence->tokens.empty()) return "";
    Index count = 0;
    const auto add = [&](std::optional<int> unit, bool natural) {
      const double mean = mean_step(unit);
      count += std::ranges::count_if(time_of(unit, natural)->passed,
                                     [&](double passed) { return passed > kWidestGap * mean; });
    };
    add({}, false);
    if (options_.unit) {
      add(options_.unit, false);
    } else if (observation_.natural) {
      add({}, true);
    }
    if (count == 0) return "";
    return fmt::format("{} wider than drawn.", counted(count, "gap is", "gaps are"));
  }

  std::string whose(std::optional<int> unit, bool natural) const {
    const std::string all = unit ? fmt::format("unit {}", *unit) : "all units, mean";
    return !observation_.natural ? all : all + (natural ? ", natural" : ", forced");
  }
  Ink ink() const { return {role_of(tape_.info(), tape_.info().keep_gate())}; }

  Panel passed(std::optional<int> unit, bool natural) const {
    const auto time = time_of(unit, natural);
    const double mean = mean_step(unit);
    Panel panel{.title = fmt::format("{}: {}", whose(unit, natural), symbol()),
                .title_ink = ink(),
                .remark = fmt::format("in all {}", quoted(time->elapsed[last()])),
                .empty_text = "no steps yet"};
    panel.unit = unit;
    if (observation_.sequence->tokens.empty()) {  // values stand under no axis
      panel.x = time_axis(observation_, tape_);
      panel.y = {.title = "time", .low = 0};
      Columns columns{
          .name = panel.title, .values = time->passed, .colors = {.low = 0, .bar = ColorScale::Bar::none}};
      for (std::size_t t = 0; t < time->passed.size(); ++t) columns.x.push_back(static_cast<double>(t));
      panel.marks.push_back(std::move(columns));
    } else {
      panel.x.counts = Counts::steps;
      TextStrip strip{.name = panel.title,
                      .characters = observation_.characters(),
                      .values = time->passed,
                      .colors = {.bar = ColorScale::Bar::none},
                      .gap_ink = ink()};
      for (const double passed : time->passed)
        strip.gaps.push_back(std::clamp(passed / mean, 0.0, kWidestGap));
      strip.size = strip.characters.size() <= 400 ? 1.4F : 1;
      panel.marks.push_back(std::move(strip));
    }
    panel.height = 1.2F;
    if (!natural) add_forced(panel, forced_steps(observation_, tape_.steps()));
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  Panel elapsed(std::optional<int> unit) const {
    const auto time = time_of(unit, false);
    Panel panel{.title = unit ? fmt::format("elapsed for unit {}", *unit) : "elapsed for all units, mean",
                .title_ink = ink()};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = "subjective time", .low = 0};
    panel.unit = unit;
    panel.legend = Legend::automatic;
    add_forced(panel, forced_steps(observation_, tape_.steps()));
    if (observation_.natural) {
      panel.marks.push_back(Line{.name = "natural",
                                 .y = time_of(unit, true)->elapsed,
                                 .ink = {InkRole::muted},
                                 .dash = Dash::dashed});
    } else {
      panel.marks.push_back(Line{.name = "if it ran evenly",
                                 .x = {static_cast<double>(first()), static_cast<double>(last())},
                                 .y = {0, time->elapsed[last()]},
                                 .ink = {InkRole::muted},
                                 .dash = Dash::dotted});
    }
    panel.marks.push_back(Line{.name = observation_.natural ? "with the rule" : "",
                               .y = time->elapsed,
                               .ink = observation_.natural ? Ink{InkRole::forced} : ink(),
                               .weight = 1.6F});
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  int step_ = nn::kNone;
};

}  // namespace

Figure clock_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "clock");
  if (auto none = without_memory(observation, options, "The memory’s clock")) return *none;
  return ClockView(observation, options).make();
}

}  // namespace gatescope::views
