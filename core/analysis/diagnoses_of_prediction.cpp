// Diagnoses of one prediction: what was erased that it lacks, what was not let in, which character it owes.

#include <algorithm>
#include <cmath>

#include "core/analysis/diagnoses_detail.h"
#include "core/analysis/replacements.h"
#include "core/analysis/survival.h"

namespace gatescope::analysis::detail {
namespace {

constexpr double kReplacing = 1.5e9;  // multiplications and additions that replacing characters may take
constexpr Index kMostReplaced = 200;  // steps

/// The loss after a change of the log probability, or of less the squared error.
double loss_after(double loss, double change) {
  return loss - change;
}

bool brought_back(double before, double after) {
  return after <= kBroughtBack * before;
}

}  // namespace

template <class S>
void Examination<S>::erased() {
  constexpr std::string_view key = "erased";
  if (!memories_) return lacking(key, no_memory_);
  const nn::Share keeps = channel(keep_).keeps;
  const double open = open_for(keeps);
  const std::vector<double> changes = row_of(keep_, open);
  if (changes.empty()) return lacking(key, fmt::format("the {} is no gate between 0 and 1", name(keep_)));

  // Of every step the share of the memory before it that it erased.
  const Index first = std::max<Index>({1, first_, map()->first});
  if (first > all_.step) return healthy(key, "nothing is in the memory before the first step");
  // By the gate alone, whatever rules on the memory itself took.
  const auto kept = [&](std::size_t row, Index t) {
    const Index at_row = nn::place_with(channel(keep_).extent, tape_->sizes(), static_cast<Index>(row));
    const auto gate = static_cast<double>(tape_->values(keep_)(at_row, t));
    return std::abs(keeps == nn::Share::rest ? 1 - gate : gate);
  };
  std::vector<double> gone(changes.size());
  for (Index k = first; k <= all_.step; ++k) {
    double there = 0, left = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const double size = std::abs(rows_[row].memory[k - 1]);
      there += size;
      left += size * kept(row, k);
    }
    gone[k] = there > 0 ? 1 - left / there : 0;
  }
  Index most = first, best = -1;
  for (Index k = first; k <= all_.step; ++k) {
    if (gone[k] > gone[most]) most = k;
    if (gone[k] >= kErased && changes[k] > 0 && (best < 0 || changes[k] > changes[best])) best = k;
  }
  const std::string memory = name(cell_.memory());
  if (gone[most] < kErased)
    return healthy(key, fmt::format("no step erases half of the {}: the most is {}, at {}", memory,
                                    share_text(gone[most]), at(most)));
  const Index k = best < 0 ? most : best;

  // How much of what is gone by the prediction this step erased.
  double of_it = 0, of_all = 0;
  Index closed = 0;
  for (std::size_t n = 0; n < rows_.size(); ++n) {
    const GatedMemory& row = rows_[n];
    const double lost = std::abs(row.memory[k - 1]) *
                        (1 - std::abs(survival(row, k - 1)[static_cast<std::size_t>(all_.step)]));
    of_all += lost;
    of_it += lost * blame(row, k - 1, all_.step)[static_cast<std::size_t>(k)];
    closed += kept(n, k) < kClosedBelow;
  }
  Diagnosis one{.key = key, .view = "survival", .step = k - 1};
  one.quantity = {fmt::format("share of the {} of step {} that step {} erased", memory, k - 1, k), gone[k],
                  ""};
  const double after = loss_after(now_.at_step, changes[k]);
  one.confirmed = brought_back(now_.at_step, after);
  one.title = one.confirmed ? fmt::format("The {} erased what was needed", name(keep_))
                            : fmt::format("The {} erases, but that step alone is not to blame", name(keep_));
  one.counterfactual =
      of_prediction({set_to(keep_, open, {{static_cast<int>(k), static_cast<int>(k)}})}, after);
  const bool both = write_ == keep_ || channel(write_).activation == nn::Activation::none;
  const bool ruled = std::ranges::any_of(observation_.rules, [&](const nn::ForceRule& one_in_force) {
    return cell_.find(one_in_force.channel) == cell_.memory();
  });
  const std::string blamed =
      k < all_.step && of_all > 0 && !ruled
          ? fmt::format(", {} of what is gone of it by step {}", share_text(of_it / of_all), all_.step)
          : "";
  one.sentence = fmt::format(
      "At {} the {} is {} in {} of {} {}, and {} of the {} is erased{}. Held {} at that step alone{}, {}.",
      at(k), name(keep_), keeps == nn::Share::rest ? "above 0.7" : "below 0.3", closed, rows_.size(),
      memories_->numbers() == 1 ? "units" : "memories", share_text(gone[k]), memory, blamed, held(open),
      both && channel(write_).role == nn::Role::gate ? ", so that nothing is written there either" : "",
      prediction_change(now_.at_step, after));
  found(std::move(one));
}

template <class S>
void Examination<S>::conservative() {
  constexpr std::string_view key = "conservative";
  if (!memories_) return lacking(key, no_memory_);
  const nn::Share writes = channel(write_).writes;
  const double open = open_for(writes);
  const std::vector<double> changes = row_of(write_, open);
  if (changes.empty()) return lacking(key, fmt::format("the {} is no gate between 0 and 1", name(write_)));
  const Index step = all_.step, from = step - kRecentSteps + 1;
  if (from < kRecentSteps)
    return healthy(key,
                   fmt::format("{} steps are too few to tell the recent ones from the others", step + 1));

  // What the memory is made of: α_ts content_s of every step s, from the prediction's back.
  double all = 0, recent = 0, age = 0, let_in = 0;
  for (const GatedMemory& row : rows_) {
    double product = 1;
    for (Index s = step; s >= 0; --s) {
      const double part = std::abs(product * row.write[s] * row.content[s]);
      all += part;
      age += part * static_cast<double>(step - s);
      if (s >= from) recent += part, let_in += row.write[s];
      product *= row.keep[s];
    }
  }
  let_in /= static_cast<double>(std::ssize(rows_) * kRecentSteps);
  const std::string memory = name(cell_.memory());
  if (all == 0) return healthy(key, fmt::format("nothing was written into the {}", memory));
  recent /= all;
  if (recent > kRecent)
    return healthy(key, fmt::format("{} of what the {} holds at step {} was written in the last {} steps",
                                    share_text(recent), memory, step, kRecentSteps));
  // At one of the last steps alone, or at all of them.
  Index best = from;
  for (Index s = from; s <= step; ++s)
    if (changes[s] > changes[best]) best = s;
  const nn::ForceRule at_all = set_to(write_, open, {{static_cast<int>(from), static_cast<int>(step)}});
  const double alone = loss_after(now_.at_step, changes[best]), together = what_if_->run({at_all}).at_step;
  const bool one_step = together >= 0.99 * alone;  // the smaller change, where the larger does hardly more
  const double after = one_step ? alone : together;
  Diagnosis one{.key = key, .view = "attention", .step = step};
  one.quantity = {
      fmt::format("share of the {} at step {} written in the last {} steps", memory, step, kRecentSteps),
      recent, ""};
  one.confirmed = brought_back(now_.at_step, after);
  one.title = one.confirmed ? fmt::format("The {} lets too little in", name(write_))
                            : fmt::format("The {} lets little in, but opening it is no cure", name(write_));
  const nn::ForceRule at_one = set_to(write_, open, {{static_cast<int>(best), static_cast<int>(best)}});
  one.counterfactual = of_prediction({one_step ? at_one : at_all}, after);
  one.sentence = fmt::format(
      "Of what the {} holds at step {}, {} was written in the last {} steps, where {} of the candidate came "
      "in; "
      "on average it is {} old. With the {} {} {}, {}.",
      memory, step, share_text(recent), kRecentSteps, share_text(let_in), steps_text(age / all), name(write_),
      held(open), one_step ? "at " + at(best) + " alone" : "at all of them",
      prediction_change(now_.at_step, after));
  found(std::move(one));
}

template <class S>
void Examination<S>::confident() {
  constexpr std::string_view key = "confident";
  const task::Sequence<S>& text = *observation_.sequence;
  if (!softmax()) return lacking(key, "it predicts values, which have no probabilities");
  if (text.tokens.empty()) return lacking(key, "it reads values, of which none can stand for another");
  const Index step = all_.step;
  const auto guess =
      static_cast<std::size_t>(std::ranges::max_element(now_.probabilities) - now_.probabilities.begin());
  const double sure = now_.probabilities[guess];
  const auto output = [&](int number) { return in_words(observation_.alphabet.output(number)); };
  const std::string guessed = output(static_cast<int>(guess)), right = output(text.targets[step]);
  if (static_cast<int>(guess) == text.targets[step])
    return healthy(key, fmt::format("at step {} it guesses {}, which is right, with {}", step, guessed,
                                    share_text(sure)));
  if (sure < kConfident)
    return healthy(
        key, fmt::format("its wrong guess at step {}, {}, has {} only", step, guessed, share_text(sure)));

  const double cost = static_cast<double>(2 * observation_.network->table().size());
  const auto back = static_cast<Index>(
      std::clamp(std::sqrt(2 * kReplacing / cost), 8.0, static_cast<double>(kMostReplaced)));
  const Index most = replacements_for(observation_, std::min(step, back - 1), kReplacing);
  const PredictionSaliency replaced = prediction_saliency<S>(observation_, step, most, nullptr, back);
  // Where another character serves the right one most, else where one changes most.
  Index where = replaced.first;
  for (Index t = replaced.first; t <= step; ++t)
    if (replaced.strongest[t] < replaced.strongest[where]) where = t;
  const int other = replaced.strongest_other[where];
  if (other < 0 || other == text.tokens[where])
    return lacking(key, "its vocabulary has no other character to put in");
  const double after = what_if_->run({}, Replacement{where, other}).probabilities[guess];
  Diagnosis one{.key = key, .view = "saliency", .step = step};
  one.quantity = {fmt::format("probability of the wrong guess {} at step {}", guessed, step), sure, ""};
  one.confirmed = after <= 0.5 * sure;
  one.counterfactual = {.replaced = where,
                        .replacement = other,
                        .rule = fmt::format("{} at step {} instead of {}", character(other), where,
                                            character(text.tokens[where])),
                        .measure = fmt::format("probability of {} at step {}", guessed, step),
                        .before = sure,
                        .after = after};
  one.title = one.confirmed ? fmt::format("Sure and wrong: it hangs on step {}", where)
                            : "Sure and wrong, with another character too";
  one.sentence = fmt::format(
      "At step {} it expects {} with {}, but {} comes ({}). With {} instead of {} at step {}{}, the {} {}.",
      step, guessed, share_text(sure), right, prediction_text(now_.at_step), character(other),
      character(text.tokens[where]), where, one.confirmed ? "" : ", which serves the right one most",
      one.counterfactual.measure, change_text(share_text(sure), share_text(after)));
  found(std::move(one));
}

template void Examination<float>::erased();
template void Examination<double>::erased();
template void Examination<float>::conservative();
template void Examination<double>::conservative();
template void Examination<float>::confident();
template void Examination<double>::confident();

}  // namespace gatescope::analysis::detail
