// Diagnoses of a layer's memory and of the gradient on its way back: how long they last, and whether anything
// hangs on it.

#include <algorithm>
#include <cmath>

#include "core/analysis/diagnoses_detail.h"
#include "core/analysis/memory_attention.h"
#include "core/analysis/reach.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/survival.h"
#include "core/math/quantile.h"
#include "core/observe/read_again.h"

namespace gatescope::analysis::detail {
namespace {

constexpr double kReaching = 4e9;  // multiplications and additions that one reach may take
constexpr Index kPositions = 8, kFewestLags = 12, kMostLags = 100;
constexpr double kGrown = 10;  // how many times as large an exploding gradient has become at least

}  // namespace

template <class S>
void Examination<S>::bias() {
  constexpr std::string_view key = "bias";
  if (!memories_) return lacking(key, no_memory_);
  if (channel(keep_).activation != nn::Activation::sigmoid)
    return lacking(
        key, fmt::format("the {} of {} is no sigmoid, which a bias would shift", name(keep_), cell_.title));
  std::vector<double> times = resting_time_constants(*observation_.network, all_.layer, false);
  std::ranges::sort(times);
  const double median = nearest_quantile(times, 0.5), low = nearest_quantile(times, 0.25),
               high = nearest_quantile(times, 0.75);
  // A gate that is 1 less another one's pre-activation moves with it.
  const auto shifted = [&](double by) {
    std::vector<nn::ForceRule> rules{scaled(keep_, 1, by)};
    const bool own_bias =
        std::ranges::any_of(cell_.biases, [&](const nn::Bias& b) { return b.to == write_; });
    if (write_ != keep_ && !own_bias && channel(write_).activation == nn::Activation::sigmoid)
      rules.push_back(scaled(write_, 1, channel(write_).writes == channel(keep_).keeps ? -by : by));
    return rules;
  };
  const double raised = what_if_->run(shifted(1)).mean, lowered = what_if_->run(shifted(-1)).mean;
  const std::string times_text =
      fmt::format("With its bias alone the {} keeps a memory for {} (half of the units: {} to {}).",
                  name(keep_), steps_text(median), number_text(low), number_text(high));
  const bool up = raised <= lowered;
  const double better = up ? raised : lowered;
  const bool helps = better <= (1 - kFelt) * now_.mean;
  const std::string shifts =
      fmt::format("{} by 1, {}; {} by 1, to {}.", up ? "Raised" : "Lowered", mean_change(now_.mean, better),
                  up ? "lowered" : "raised", number_text(up ? lowered : raised));
  if (!helps && median > kShortTime) return healthy(key, times_text + " " + shifts);
  Diagnosis one{.key = key, .view = "timescales"};
  one.quantity = {fmt::format("median time constant by the bias of the {}", name(keep_)), median, "steps"};
  one.confirmed = helps;
  one.title = helps ? fmt::format("The {}’s bias is too {}", name(keep_), up ? "low" : "high")
                    : fmt::format("The {}’s bias is short-lived, and a shift does not help", name(keep_));
  one.counterfactual = of_mean(shifted(up ? 1 : -1), better);
  one.sentence = times_text + " " + shifts;
  found(std::move(one));
}

template <class S>
void Examination<S>::gradient() {
  constexpr std::string_view key = "gradient";
  const nn::Network<S>& network = *observation_.network;
  if (const std::string why = why_no_joint_state(network.spec()); !why.empty()) return lacking(key, why);
  if (observation_.steps() < 4) return healthy(key, "the text is too short to follow a gradient");
  const auto numbers = static_cast<double>(network.state_numbers());
  const double cost = static_cast<double>(kPositions) * numbers * static_cast<double>(network.table().size());
  const auto lags = static_cast<Index>(std::min(kReaching / cost, static_cast<double>(kMostLags)));
  if (lags < kFewestLags || first_ > 0)
    return lacking(
        key, fmt::format("{}: `gatescope analyze reach` measures it",
                         first_ > 0 ? fmt::format("a text of {} steps is too long to be followed twice here",
                                                  observation_.steps())
                                    : fmt::format("a state of {:.0f} numbers is too large to be followed "
                                                  "twice here",
                                                  numbers)));
  observe::Observation<S> read = observation_;
  read.memo = nullptr;  // of this text alone, not of what is held out
  const Tail tail = reach(read, false, kPositions, lags).tail;
  const auto falls = [&](const Tail& of) {
    return of.gone ? fmt::format("nothing of the state’s gradient is left {} steps further back", *of.gone)
                   : fmt::format("with every step further back the state’s gradient is × {}",
                                 number_text(of.ratio));
  };
  const bool vanishes = tail.gone || (!tail.censored && tail.time_constant < kVanishing);
  const bool explodes = !vanishes && tail.ratio > kExploding && tail.grown > kGrown;
  if (!vanishes && !explodes) {
    return healthy(
        key, fmt::format("{}{}", falls(tail),
                         tail.ratio < 1
                             ? fmt::format(", a time constant of {}{}", tail.censored ? "at least " : "",
                                           steps_text(tail.censored ? static_cast<double>(tail.to)
                                                                    : tail.time_constant))
                             : ""));
  }
  // Vanishing: the keep gate held open, or the state's own pre-activation as much larger as the gradient
  // shrinks. Exploding: that of the candidate, or the state, as much smaller.
  const auto can_scale = [&](int k) {
    return k != nn::kNone && channel(k).activation != nn::Activation::none;
  };
  const int candidate = cell_.first(nn::Role::candidate);
  const int state = can_scale(candidate) ? candidate : cell_.memory();
  nn::ForceRule change;
  std::string done;
  if (vanishes && memories_) {
    const double open = open_for(channel(keep_).keeps);
    change = set_to(keep_, open);
    done = fmt::format("With the {} held {} at every step", name(keep_), held(open));
  } else if (can_scale(state)) {
    const double scale = tail.gone ? 2 : std::round(std::clamp(1 / tail.ratio, 0.25, 4.0) * 100) / 100;
    change = scaled(state, scale, 0);
    done = fmt::format("With × {} before the activation of the {}", number_text(scale), name(state));
  } else {
    return lacking(key, fmt::format("{}, but the {} has no activation that a rule could rescale", falls(tail),
                                    name(state)));
  }
  std::vector<nn::ForceRule> rules = observation_.rules;
  rules.push_back(change);
  const Tail after =
      reach(observe::read_again<S>(observation_, std::move(rules)), false, kPositions, lags).tail;
  Diagnosis one{.key = key, .view = "reach"};
  one.quantity = {"factor of the state’s gradient a step back", tail.gone ? 0 : tail.ratio, ""};
  const double was = tail.gone ? 0 : tail.ratio, is = after.gone ? 0 : after.ratio;
  one.confirmed = vanishes ? std::log(is) >= 0.5 * std::log(was) : std::log(is) <= 0.5 * std::log(was);
  one.title =
      fmt::format("The gradient {}{}", vanishes ? "vanishes" : "explodes",
                  one.confirmed ? memories_ && vanishes ? fmt::format(": the {} lets it go", name(keep_))
                                                        : fmt::format(" through the {}", name(state))
                                : ", and this is not why");
  one.counterfactual = {
      .rules = {change}, .measure = "factor of the state’s gradient a step back", .before = was, .after = is};
  std::string first = falls(tail);
  if (first.starts_with('w')) first[0] = 'W';
  if (first.starts_with('n')) first[0] = 'N';
  one.sentence = fmt::format(
      "{}{}. {} it is {}.", first,
      vanishes && !tail.gone ? fmt::format(", a time constant of {}", steps_text(tail.time_constant)) : "",
      done, after.gone ? fmt::format("gone after {} steps", *after.gone) : "× " + number_text(after.ratio));
  found(std::move(one));
}

template <class S>
void Examination<S>::unused() {
  constexpr std::string_view key = "unused";
  if (!memories_) return lacking(key, no_memory_);
  const nn::Channel& keep = channel(keep_);
  if (keep.role != nn::Role::gate) return lacking(key, fmt::format("the {} is no gate", keep.name));
  const std::vector<double> ages = memory_ages(*memories_).age;
  double sum = 0, count = 0;
  for (Index t = first_; t <= last_; ++t)
    if (std::isfinite(ages[t])) sum += ages[t], ++count;
  const double age = count > 0 ? sum / count : 0, closed = 1 - open_for(keep.keeps);
  const nn::ForceRule shut = set_to(keep_, closed);
  const double after = what_if_->run({shut}).mean;
  const std::string memory = name(cell_.memory());
  const std::string sentence = fmt::format(
      "What the {} holds is {} old on average. With the {} held {} at every step, so that nothing of it is "
      "kept, "
      "{}.",
      memory, steps_text(age), keep.name, held(closed), mean_change(now_.mean, after));
  if (after > (1 + kFelt) * now_.mean) return healthy(key, sentence);
  Diagnosis one{.key = key, .view = "attention"};
  one.quantity = {fmt::format("mean age of what the {} holds", memory), age, "steps"};
  one.confirmed = true;
  one.title = after < (1 - kFelt) * now_.mean ? fmt::format("What the {} keeps does harm", keep.name)
                                              : fmt::format("Nothing hangs on what the {} keeps", keep.name);
  one.counterfactual = of_mean({shut}, after);
  one.sentence = sentence;
  if (cell_.recurrent() && cell_.has_cell_state())
    one.sentence += fmt::format(" What the {} carries over is left as it is.", name(cell_.hidden()));
  found(std::move(one));
}

template void Examination<float>::bias();
template void Examination<double>::bias();
template void Examination<float>::gradient();
template void Examination<double>::gradient();
template void Examination<float>::unused();
template void Examination<double>::unused();

}  // namespace gatescope::analysis::detail
