#include "core/analysis/what_if.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/onward.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {
namespace {

/// softmax of a column of logits, in double.
template <class Column>
std::vector<double> softmax(const Column& logits) {
  std::vector<double> all;
  const double greatest = static_cast<double>(logits.maxCoeff());
  double sum = 0;
  for (Index k = 0; k < logits.size(); ++k)
    sum += all.emplace_back(std::exp(static_cast<double>(logits[k]) - greatest));
  for (double& one : all) one /= sum;
  return all;
}

}  // namespace

template <class S>
auto WhatIf<S>::run(const std::vector<nn::ForceRule>& rules, const std::optional<Replacement>& other) const
    -> Cost {
  Onward<S> onward(observation_, 1, rules);
  onward.stand_before(first_);
  Cost cost;
  double sum = 0;
  Index scored = 0;
  for (Index t = first_; t <= last_; ++t) {
    onward.read(t);
    if (other && other->step == t) onward.characters()[0] = other->character;
    onward.step(t);
    if (!observation_.text->expects(t)) continue;
    const double loss = static_cast<double>(onward.losses(t)[0]);
    sum += loss;
    ++scored;
    if (t != step_) continue;
    cost.at_step = loss;
    if (observation_.network->interface().readout == nn::Readout::softmax)
      cost.probabilities = softmax(onward.outputs().col(0));
  }
  cost.mean = observation_.outcome().factor * sum / static_cast<double>(scored);
  return cost;
}

template <class S>
observe::Observation<S> under(const observe::Observation<S>& observation,
                              const std::vector<nn::ForceRule>& rules) {
  const nn::Network<S>& network = *observation.network;
  auto same = std::make_shared<nn::Network<S>>(network.spec(), network.interface());
  std::copy(network.parameters().begin(), network.parameters().end(), same->parameters().begin());
  same->prepare_all();
  observe::Observation<S> observed;
  observed.name = observation.name;
  observed.alphabet = observation.alphabet;
  observed.rules = observation.rules;
  observed.rules.insert(observed.rules.end(), rules.begin(), rules.end());
  same->force(observed.rules);
  const task::Sequence<S>& read = *observation.text;
  observed.text = std::make_shared<const trace::SequenceTrace<S>>(
      trace::trace_sequence<S>(*same, read, {}, trace::Keep::in_memory, nullptr, trace::Gradients::left_out));
  observed.network = std::move(same);
  return observed;
}

template class WhatIf<float>;
template class WhatIf<double>;
template observe::Observation<float> under(const observe::Observation<float>&,
                                           const std::vector<nn::ForceRule>&);
template observe::Observation<double> under(const observe::Observation<double>&,
                                            const std::vector<nn::ForceRule>&);

}  // namespace gatescope::analysis
