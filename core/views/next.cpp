// What the network expects next: for every step of a window its k most likely characters, as in
// [karpathy2015], and at the chosen step their probabilities, natural and forced beside each other. Of a
// sequence with labels the same of its classes: how the belief in each comes about; of values what came out
// and what was expected.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/utf8.h"
#include "core/views/next_values.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr Index kWindow = 28;

std::string rank(int k) {
  constexpr std::array<std::string_view, 4> ends{"th", "st", "nd", "rd"};
  const bool teen = k % 100 > 10 && k % 100 < 14;
  return std::to_string(k) + std::string(ends[!teen && k % 10 < 4 ? static_cast<std::size_t>(k % 10) : 0]);
}

class NextView {
 public:
  NextView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        text_(*observation.sequence),
        steps_(text_.trace.steps),
        top_(std::clamp<int>(options.top, 1, static_cast<int>(text_.trace.outputs.rows()))) {
    const Index chosen = options.step ? *options.step : options.frame ? *options.frame : steps_ - 1;
    if (options.step && (chosen < 0 || chosen >= steps_))
      fail("step {} does not exist, expected 0 to {}", chosen, steps_ - 1);
    step_ = std::clamp<Index>(chosen, 0, steps_ - 1);
    first_ = std::clamp<Index>(step_ - kWindow / 2, 0, std::max<Index>(0, steps_ - kWindow));
    count_ = std::min(kWindow, steps_ - first_);
    if (!outcome().of_input) first_ = 0, count_ = steps_;
    if (options.top < 1) fail("the view next needs 1 or more characters a step, not {}", options.top);
  }

  Figure make() const {
    Figure figure;
    figure.title = fmt::format("{}, {}", outcome().title, name_of(observation_));
    figure.headlines.push_back({percent(right(Run::in_force)), right_label()});
    figure.panels = {outcome().of_input ? strip() : beliefs(), bars()};
    figure.panels[1].height = 0.85F;
    figure.caption = forced_sentence(observation_);
    return figure;
  }

 private:
  const task::Outcome& outcome() const { return observation_.outcome(); }
  std::string label(int output) const { return observation_.alphabet.output(output); }

  /// The share of steps whose most likely character is the one that came; of labels, what the right ones
  /// were given.
  double right(Run run) const {
    return outcome().of_input ? analysis::share_guessed(observation_, run)
                              : analysis::belief_in_right(observation_, run);
  }
  std::string right_label() const {
    std::string label =
        outcome().of_input ? "of next characters guessed right" : "for the right class at its step";
    if (observation_.natural) label += ", natural " + percent(right(Run::natural));
    return label;
  }

  /// The probability of every class at every step; many classes: the likeliest at the chosen step.
  Panel beliefs() const {
    constexpr int most = 12;
    std::vector<int> classes;
    const auto likeliest = analysis::next_characters(observation_, Run::in_force, step_, most);
    for (const auto& next : *likeliest) classes.push_back(next.character);
    std::ranges::sort(classes);
    const auto rows = static_cast<Index>(classes.size());
    std::vector<float> values(static_cast<std::size_t>(rows * count_));
    for (Index t = 0; t < count_; ++t) {
      const auto p = analysis::probabilities(observation_, Run::in_force, t);
      for (Index row = 0; row < rows; ++row)
        values[row * count_ + t] = static_cast<float>((*p)[classes[row]]);
    }
    Panel panel{.title = observation_.natural ? "belief in each class, forced" : "belief in each class"};
    panel.marks.push_back(
        Heatmap{.name = "probability",
                .values = Matrix(static_cast<int>(rows), static_cast<int>(count_), std::move(values)),
                .colors = {.map = Colormap::sequential,
                           .low = 0,
                           .high = 1,
                           .title = "probability",
                           .bar = ColorScale::Bar::compact}});
    add_forced(panel, forced_steps(observation_, steps_));
    panel.marks.push_back(Cursor{.x = static_cast<double>(step_), .y = {}});
    panel.x = {.title = std::string(outcome().read),
               .low = -0.5,
               .high = static_cast<double>(count_) - 0.5,
               .whole = true,
               .counts = Counts::steps,
               .characters = observation_.characters()};
    for (std::size_t row = 0; row < classes.size(); ++row)
      panel.y.ticks.push_back({static_cast<double>(row), label(classes[row])});
    return panel;
  }

  /// The characters that came on top, below them the likeliest by rank; colour is probability.
  Panel strip() const {
    const auto cells = static_cast<std::size_t>(count_ * (top_ + 1));
    std::vector<float> values(cells);
    std::vector<std::string> labels(cells);
    for (Index column = 0; column < count_; ++column) {
      const Index t = first_ + column;
      const auto put = [&](int row, int character, double probability) {
        const auto at = static_cast<std::size_t>(row * count_ + column);
        values[at] = static_cast<float>(probability);
        labels[at] = label(character);
      };
      const int came = text_.targets[t];
      if (came >= 0) put(0, came, (*analysis::probabilities(observation_, Run::in_force, t))[came]);
      int row = 1;
      const auto likeliest = analysis::next_characters(observation_, Run::in_force, t, top_);
      for (const auto& next : *likeliest) put(row++, next.character, next.probability);
    }
    Panel panel{.title = observation_.natural ? "expected next, forced" : "expected next"};
    panel.marks.push_back(Heatmap{.name = "probability",
                                  .values = Matrix(top_ + 1, static_cast<int>(count_), std::move(values)),
                                  .colors = {.map = Colormap::sequential,
                                             .low = 0,
                                             .high = 1,
                                             .title = "probability",
                                             .bar = ColorScale::Bar::compact},
                                  .x0 = static_cast<double>(first_),
                                  .labels = std::move(labels)});
    auto forced = forced_steps(observation_, steps_);
    for (auto& [from, to] : forced) {
      from = std::max(from, static_cast<double>(first_) - 0.5);
      to = std::min(to, static_cast<double>(first_ + count_) - 0.5);
    }
    std::erase_if(forced, [](const auto& span) { return span.first >= span.second; });
    add_forced(panel, std::move(forced));
    panel.marks.push_back(Cursor{.x = static_cast<double>(step_), .y = {}});
    panel.x = {.title = std::string(outcome().read),
               .low = static_cast<double>(first_) - 0.5,
               .high = static_cast<double>(first_ + count_) - 0.5,
               .whole = true,
               .counts = Counts::steps,
               .characters = observation_.characters()};
    panel.y.ticks.push_back({0, "came"});
    for (int k = 1; k <= top_; ++k) panel.y.ticks.push_back({static_cast<double>(k), rank(k)});
    return panel;
  }

  Panel bars() const {
    const int came = text_.targets[step_];
    Panel panel{.title = fmt::format("after step {}, ‘{}’", step_, display_text(observation_.read(step_)))};
    if (outcome().of_input)
      panel.remark = fmt::format("came: ‘{}’", display_text(label(came)));
    else
      panel.remark = came < 0 ? fmt::format("no {} at this step", outcome().name)
                              : fmt::format("{}: {}", outcome().name, label(came));
    std::vector<int> characters;
    const auto add = [&](Run run) {
      const auto likeliest = analysis::next_characters(observation_, run, step_, top_);
      for (const auto& next : *likeliest)
        if (std::find(characters.begin(), characters.end(), next.character) == characters.end())
          characters.push_back(next.character);
    };
    if (observation_.natural) add(Run::natural);
    add(Run::in_force);
    const auto put = [&](Run run, const std::string& name, const Ink& ink) {
      const auto p = analysis::probabilities(observation_, run, step_);
      Bars bars{.name = name, .ink = ink, .horizontal = true, .show_values = true};
      for (const int character : characters) {
        bars.categories.push_back(label(character));
        bars.values.push_back((*p)[character]);
      }
      panel.marks.push_back(std::move(bars));
    };
    if (observation_.natural) put(Run::natural, "natural", {InkRole::muted});
    put(Run::in_force, observation_.natural ? "forced" : "",
        {observation_.natural ? InkRole::forced : InkRole::muted});
    panel.x = {.title = "probability", .low = 0};
    panel.y.grid = false;
    return panel;
  }

  const Observation& observation_;
  const SequenceTrace& text_;
  Index steps_, step_ = 0, first_ = 0, count_ = 0;
  int top_;
};

}  // namespace

Figure next_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "next");
  if (!observation.outcome().has_probabilities) return next_values_view(observation, options);
  return NextView(observation, options).make();
}

}  // namespace gatescope::views
