// Diagnoses in words: a card each, the sentence and what the counterfactual did to its measure.

#include <fmt/format.h>

#include <algorithm>

#include "core/views/diagnoses_shown.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/prediction_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr int kCards = 4, kCardsOnAWall = 3;

Panel words_of(std::string title, std::string sentence) {
  Panel panel{.title = std::move(title)};
  panel.x.hidden = panel.y.hidden = true;
  panel.marks.push_back(Note{.text = std::move(sentence)});
  panel.width = 1.9F;
  return panel;
}

/// Full and empty, so that nobody needs the colours.
std::string verdict_of(const analysis::Diagnosis& one) {
  return (one.confirmed ? "● confirmed: " : "○ not confirmed: ") + one.title;
}

/// The measure as it is and under the counterfactual, as two bars.
Panel bars_of(const analysis::Counterfactual& run) {
  Panel panel{.title = capitalised(run.measure)};
  panel.x = {.low = 0, .hidden = true};
  panel.y = {.hidden = true};
  panel.x.high = std::max({run.before, run.after, 1e-12});
  panel.legend = Legend::above;
  const auto bar = [&](std::string name, double value, InkRole ink) {
    panel.marks.push_back(Bars{.name = std::move(name),
                               .categories = {""},
                               .values = {value},
                               .ink = {ink},
                               .horizontal = true,
                               .show_values = true});
  };
  bar("as it is", run.before, InkRole::muted);
  bar(run.rule, run.after, InkRole::forced);
  return panel;
}

/// What is not told in cards: by count, and by name.
std::string rest_of(const analysis::Diagnoses& all, std::size_t cards) {
  std::string text;
  if (all.found.size() > cards) {
    text = fmt::format("{} more:", all.found.size() - cards);
    for (std::size_t k = cards; k < all.found.size(); ++k)
      text += fmt::format("{} {}", k == cards ? "" : ";", verdict_of(all.found[k]));
    text += ".";
  }
  const auto healthy = std::ranges::count_if(all.without, &analysis::NotDiagnosed::applies);
  const auto lacking = std::ssize(all.without) - healthy;
  return sentences(
      {text, healthy > 0 ? fmt::format("{} looked for and not found.", healthy) : std::string(),
       lacking > 0 ? fmt::format("{} of which this model has no notion.", lacking) : std::string()});
}

}  // namespace

analysis::Kept<analysis::Diagnoses> diagnoses_shown(const Observation& observation,
                                                    const ViewOptions& options) {
  if (!observation.sequence || observation.steps() == 0 ||
      !analysis::why_no_diagnoses(observation.network->spec()).empty())
    return nullptr;
  const std::optional<Index> predicted = step_predicted(observation, options);
  if (!predicted) return nullptr;
  return analysis::recall(observation, "diagnoses", {*predicted, options.layer},
                          [&] { return analysis::diagnoses<float>(observation, *predicted, options.layer); });
}

Figure diagnoses_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "diagnoses");
  const Tape& tape = tape_of(observation, *observation.sequence, options);
  if (options.step) check_step(tape, *options.step);
  const std::string of = "Diagnoses, " + where_of(observation, options);
  if (!analysis::why_no_diagnoses(observation.network->spec()).empty()) return not_shown(of, kBothDirections);
  const auto kept = diagnoses_shown(observation, options);
  if (!kept) return not_shown(of, "nothing was expected");
  const analysis::Diagnoses& all = *kept;
  Figure figure;
  figure.title = fmt::format("What ails the prediction of {} at step {}, {}",
                             target_of(observation, all.step), all.step, where_of(observation, options));
  const auto confirmed = std::ranges::count_if(all.found, &analysis::Diagnosis::confirmed);
  figure.headlines.push_back(
      {fmt::format("{} of {}", confirmed, all.found.size()), "confirmed by what was really run"});
  const auto cards = std::min<std::size_t>(all.found.size(), options.lanes ? kCardsOnAWall : kCards);
  figure.columns = 2;
  for (const analysis::Diagnosis& one : std::span(all.found).first(cards)) {
    for (Panel panel : {words_of(verdict_of(one), one.sentence), bars_of(one.counterfactual)}) {
      panel.key = one.key;
      figure.panels.push_back(std::move(panel));
    }
  }
  if (cards == 0) {
    std::string whys;
    for (const analysis::NotDiagnosed& one : all.without)
      if (one.applies) whys += (whys.empty() ? "" : " ") + capitalised(one.why) + ".";
    figure.columns = 1;
    figure.panels.push_back(words_of("Nothing was found", whys.empty() ? "Nothing of it applies." : whys));
  }
  figure.caption = sentences({rest_of(all, cards), forced_sentence(observation)});
  return figure;
}

}  // namespace gatescope::views
