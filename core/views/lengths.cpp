// Over the length of the source: how many whole targets are right; and at every step of the target how many
// characters are, with its own answers read and with the truth. Without attention all of a source must go
// through one state.

#include <fmt/format.h>

#include <cmath>

#include "core/analysis/kept.h"
#include "core/error.h"
#include "core/train/evaluation.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr const char* kLengthsTitle = "Over the length of the source";

analysis::Kept<train::Evaluation> measured_pairs(const Observation& observation) {
  return analysis::recall(observation, "held-out pairs", {}, [&] {
    return *train::evaluate(*observation.network, *observation.alphabet.pairs);
  });
}

/// A line for each model: solid where it reads its own answers, dashed where it reads the truth.
Line line_of_model(const Observation& observation, std::size_t number, bool told) {
  return {.name = name_of(observation) + (told ? ", truth read" : ""),
          .ink = {InkRole::series, static_cast<int>(number)},
          .dash = told ? Dash::dashed : Dash::solid,
          .marker = told ? plot::Marker::none : plot::Marker::disc};
}

std::string after_error_sentence(std::span<const Observation> observations) {
  std::string all;
  for (const Observation& observation : observations) {
    const auto result = measured_pairs(observation);
    const train::FreeRunning& free = *result->free_running;
    if (!free.after_error) continue;
    all += fmt::format("{}{}: after a first error {} of what follows is right, {} with the truth before.",
                       all.empty() ? "" : " ", name_of(observation), percent(*free.after_error),
                       percent(*free.after_error_told));
  }
  return all;
}

}  // namespace

Figure lengths_view(std::span<const Observation> observations, const ViewOptions&) {
  if (observations.empty() || !observations[0].network) fail("the view lengths needs a model");
  if (!observations[0].sequence) fail("the view lengths needs a text");
  for (const Observation& observation : observations)
    if (!observation.network || !observation.alphabet.pairs)
      return not_shown(kLengthsTitle, "no pairs were learnt here, or their file is not known");
  Figure figure;
  figure.title = kLengthsTitle;
  Panel right{.title = "whole targets that are right"};
  right.height = 2;
  right.x = {.title = "characters of the source", .whole = true};
  right.y = {.title = "share", .low = 0, .high = 1.05};
  right.legend = plot::Legend::above;
  Panel characters{.title = "characters that are right"};
  characters.x = {.title = "step of the target", .whole = true};
  characters.y = {.title = "share", .low = 0, .high = 1.05};
  characters.legend = plot::Legend::none;
  Panel first{.title = "first errors"};
  first.x = {.title = "step of the target", .whole = true};
  first.y = {.title = "targets", .low = 0};
  first.height = 0.7F;
  first.legend = plot::Legend::none;
  for (std::size_t m = 0; m < observations.size(); ++m) {
    const Observation& observation = observations[m];
    const auto result = measured_pairs(observation);
    const train::FreeRunning& free = *result->free_running;
    Line whole = line_of_model(observation, m, false), own = whole,
         told = line_of_model(observation, m, true);
    for (const train::Evaluation::Length& each : result->lengths) {
      whole.x.push_back(static_cast<double>(each.source));
      whole.y.push_back(each.exact_match);
    }
    right.marks.push_back(std::move(whole));
    for (const train::Evaluation::Position& position : result->positions) {
      for (Line* line : {&own, &told}) line->x.push_back(static_cast<double>(position.step));
      told.y.push_back(position.accuracy.value_or(std::nan("")));
      own.y.push_back(free.accuracies[static_cast<std::size_t>(position.step)].value_or(std::nan("")));
    }
    Line errors = line_of_model(observation, m, false);
    for (std::size_t step = 0; step < free.first_errors.size(); ++step) {
      errors.x.push_back(static_cast<double>(step));
      errors.y.push_back(static_cast<double>(free.first_errors[step]));
    }
    first.marks.push_back(std::move(errors));
    characters.marks.push_back(std::move(told));
    characters.marks.push_back(std::move(own));
    figure.headlines.push_back({percent(free.exact_match), fmt::format("right, {}", name_of(observation))});
  }
  figure.panels = {std::move(right), std::move(characters), std::move(first)};
  figure.caption = sentences({"Solid: it reads its own answers, dashed: the truth.",
                              after_error_sentence(observations), forced_sentence(observations)});
  return figure;
}

}  // namespace gatescope::views
