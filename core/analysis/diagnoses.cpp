#include "core/analysis/diagnoses.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/diagnoses_detail.h"
#include "core/analysis/onward.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace detail {
namespace {

constexpr double kMapped = 1.5e9;   // multiplications and additions that an intervention map may take
constexpr Index kMostMapped = 200;  // steps of one prediction

/// How large a change is beside what it began with, in [0, 1].
double size_of(const Counterfactual& run) {
  const double most = std::max(std::abs(run.before), std::abs(run.after));
  return most > 0 ? std::abs(run.after - run.before) / most : 0;
}

}  // namespace

std::string share_text(double share) {
  if (!std::isfinite(share)) return "–";
  if (share <= 0 || share >= 0.0995) return fmt::format("{:.0f} %", 100 * share);
  return share < 1e-5 ? "< 0.001 %" : fmt::format("{:.2g} %", 100 * share);
}

std::string number_text(double number) {
  if (!std::isfinite(number)) return number > 0 ? "∞" : "–";
  const double size = std::abs(number);
  const std::string text = size == 0                    ? "0"
                           : size >= 1e5 || size < 1e-3 ? fmt::format("{:.1e}", size)
                           : size >= 100                ? fmt::format("{:.0f}", size)
                           : size >= 10                 ? fmt::format("{:.1f}", size)
                           : size >= 0.1                ? fmt::format("{:.2f}", size)
                                                        : fmt::format("{:.4f}", size);
  return (number < 0 ? "−" : "") + text;
}

std::string in_words(const std::string& read) {
  return read == " " ? "a space" : read == "\n" ? "a line break" : "‘" + read + "’";
}

std::string steps_text(double steps) {
  return number_text(steps) + (steps == 1 ? " step" : " steps");
}

std::string change_text(const std::string& before, const std::string& after) {
  return before == after ? "stays at " + before : "goes from " + before + " to " + after;
}

template <class S>
Examination<S>::Examination(const observe::Observation<S>& observation, std::optional<Index> step,
                            std::optional<int> layer, trace::Watch* watch)
    : observation_(observation), watch_(watch), cell_(observation.network->cell()) {
  const nn::ModelSpec& spec = observation.network->spec();
  all_.step = predicted_step(observation, step);
  all_.layer = layer.value_or(spec.layers - 1);
  if (all_.layer < 0 || all_.layer >= spec.layers)
    fail("layer {} does not exist, expected 0 to {}", all_.layer, spec.layers - 1);
  const Index steps = observation.steps();
  first_ = std::max<Index>(0, std::min(all_.step - kDiagnosedSteps / 2, steps - kDiagnosedSteps));
  last_ = std::min(steps, first_ + kDiagnosedSteps) - 1;
  tape_ = &observation.sequence->trace.tapes[all_.layer];
  what_if_ = std::make_unique<WhatIf<S>>(observation, first_, last_, all_.step);
  no_memory_ = why_no_gated_memory(cell_);
  if (no_memory_.empty()) {
    memories_ = std::make_unique<GatedMemories<S>>(*tape_, observation.rules, all_.layer);
    for (Index row = 0; row < memories_->rows(); ++row) rows_.push_back(memories_->row(row));
    keep_ = cell_.keep_gate();
    for (int k = 0; k < static_cast<int>(cell_.channels.size()) && write_ == nn::kNone; ++k)
      if (channel(k).writes != nn::Share::none) write_ = k;
  }
}

template <class S>
Diagnoses Examination<S>::result() {
  using Part = void (Examination::*)();
  const Part parts[] = {&Examination::erased,    &Examination::conservative, &Examination::bias,
                        &Examination::saturated, &Examination::gradient,     &Examination::unused,
                        &Examination::silent,    &Examination::output,       &Examination::confident};
  if (watch_) watch_->expect(std::ssize(parts) + 1);
  now_ = what_if_->run({});
  if (watch_) watch_->pass();
  for (const Part part : parts) {
    (this->*part)();
    if (watch_) watch_->pass();
  }
  for (Diagnosis& one : all_.found)
    if (one.counterfactual.rule.empty()) one.counterfactual.rule = nn::in_words(one.counterfactual.rules);
  std::ranges::stable_sort(all_.found, [](const Diagnosis& a, const Diagnosis& b) {
    if (a.confirmed != b.confirmed) return a.confirmed;
    return size_of(a.counterfactual) > size_of(b.counterfactual);
  });
  tape_->release();
  return std::move(all_);
}

template <class S>
nn::ForceRule Examination<S>::rule(int k, std::vector<nn::Range> steps) const {
  nn::ForceRule rule;
  if (observation_.network->spec().layers > 1) rule.layer = all_.layer;
  rule.channel = channel(k).symbol;
  rule.steps = std::move(steps);
  if (rule.steps.empty() && first_ > 0) rule.steps = {{static_cast<int>(first_), nn::kOpenEnd}};
  return rule;
}

template <class S>
nn::ForceRule Examination<S>::set_to(int k, double value, std::vector<nn::Range> steps) const {
  nn::ForceRule one = rule(k, std::move(steps));
  one.shift = value;
  return one;
}

template <class S>
nn::ForceRule Examination<S>::scaled(int k, double scale, double shift) const {
  nn::ForceRule one = rule(k);
  one.before_activation = true;
  one.scale = scale;
  one.shift = shift;
  return one;
}

template <class S>
std::string Examination<S>::character(int input) const {
  return in_words(observation_.alphabet.input(input));
}

template <class S>
std::string Examination<S>::at(Index t) const {
  if (observation_.sequence->tokens.empty()) return fmt::format("step {}", t);
  return fmt::format("step {} ({})", t, character(observation_.sequence->tokens[t]));
}

template <class S>
std::string Examination<S>::predicted() const {
  if (!softmax()) return fmt::format("squared error at step {}", all_.step);
  const std::string expected = observation_.expected(all_.step);
  const std::string what = expected.empty() ? "what was expected" : in_words(expected);
  return fmt::format("probability of {} at step {}", what, all_.step);
}

template <class S>
double Examination<S>::prediction_score(double loss) const {
  return softmax() ? std::exp(-loss) : loss;
}

template <class S>
std::string Examination<S>::prediction_text(double loss) const {
  return softmax() ? share_text(std::exp(-loss)) : number_text(loss);
}

template <class S>
std::string Examination<S>::prediction_change(double before, double after) const {
  return fmt::format("the {} {}", predicted(), change_text(prediction_text(before), prediction_text(after)));
}

template <class S>
std::string Examination<S>::mean_change(double before, double after) const {
  return fmt::format("the mean loss {} {}", change_text(number_text(before), number_text(after)),
                     observation_.outcome().mean_score);
}

template <class S>
Counterfactual Examination<S>::of_mean(std::vector<nn::ForceRule> rules, double after) const {
  return {.rules = std::move(rules), .measure = mean_measure(), .before = now_.mean, .after = after};
}

template <class S>
Counterfactual Examination<S>::of_prediction(std::vector<nn::ForceRule> rules, double loss) const {
  return {.rules = std::move(rules),
          .measure = predicted(),
          .before = prediction_score(now_.at_step),
          .after = prediction_score(loss)};
}

template <class S>
const Interventions* Examination<S>::map() {
  if (map_) return map_.get();
  if (!why_no_interventions(cell_, observation_.network->spec()).empty()) return nullptr;
  Index gates = 0;
  for (const nn::Channel& one : cell_.channels)
    gates += one.role == nn::Role::gate && one.low == 0 && one.high == 1;
  const double cost = static_cast<double>(2 * gates * observation_.network->table().size());
  const auto back =
      static_cast<Index>(std::clamp(std::sqrt(2 * kMapped / cost), 8.0, static_cast<double>(kMostMapped)));
  map_ =
      std::make_unique<Interventions>(interventions<S>(observation_, all_.step, all_.layer, nullptr, back));
  return map_.get();
}

template <class S>
std::vector<double> Examination<S>::row_of(int gate, double value) {
  const Interventions* const all = map();
  if (!all) return {};
  const auto found = std::ranges::find(all->gates, gate);
  if (found == all->gates.end()) return {};
  const Index row = found - all->gates.begin();
  std::vector<double> changes;
  for (Index t = 0; t <= all_.step; ++t) changes.push_back((value == 1 ? all->opened : all->closed)(row, t));
  return changes;
}

template class Examination<float>;
template class Examination<double>;

}  // namespace detail

std::string why_no_diagnoses(const nn::ModelSpec& spec) {
  return why_not_onward(spec);
}

template <class S>
Diagnoses diagnoses(const observe::Observation<S>& observation, std::optional<Index> step,
                    std::optional<int> layer, trace::Watch* watch) {
  predicted_step(observation, step);  // before anything is asked of a model that may not be there
  if (const std::string why = why_no_diagnoses(observation.network->spec()); !why.empty())
    fail("{} has no diagnoses: {}", observation.name, why);
  return detail::Examination<S>(observation, step, layer, watch).result();
}

template Diagnoses diagnoses(const observe::Observation<float>&, std::optional<Index>, std::optional<int>,
                             trace::Watch*);
template Diagnoses diagnoses(const observe::Observation<double>&, std::optional<Index>, std::optional<int>,
                             trace::Watch*);

}  // namespace gatescope::analysis
