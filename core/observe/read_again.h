#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/nn/network.h"
#include "core/observe/observation.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::observe {

/// The same weights in a precision, under no rules.
template <class To, class From>
std::shared_ptr<nn::Network<To>> copy_of(const nn::Network<From>& network) {
  auto same = std::make_shared<nn::Network<To>>(network.spec(), network.interface());
  std::copy(network.parameters().begin(), network.parameters().end(), same->parameters().begin());
  same->prepare_all();
  return same;
}

/// What a network computes of a sequence, under its rules, without gradients.
template <class S>
std::shared_ptr<const trace::SequenceTrace<S>> values_of(const nn::Network<S>& network,
                                                         task::Sequence<S> sequence) {
  return std::make_shared<const trace::SequenceTrace<S>>(trace::trace_sequence<S>(
      network, std::move(sequence), {}, trace::Keep::in_memory, nullptr, trace::Gradients::left_out));
}

/// What was observed, read again in a precision and under other rules by a copy of the network, without
/// gradients.
template <class To, class From>
Observation<To> read_again(const Observation<From>& observation, std::vector<nn::ForceRule> rules) {
  const std::shared_ptr<nn::Network<To>> network = copy_of<To>(*observation.network);
  network->force(rules);
  const task::Sequence<From>& sequence = *observation.sequence;
  Observation<To> again;
  again.name = observation.name;
  again.alphabet = observation.alphabet;
  again.rules = std::move(rules);
  again.sequence = values_of<To>(*network, sequence.template as<To>());
  again.network = network;
  return again;
}

}  // namespace gatescope::observe
