#include "core/analysis/source_paths.h"

#include <cmath>

#include "core/error.h"

namespace gatescope::analysis {
namespace {

/// The norm of the gradient by every source character, after the decoder's backward pass.
template <class S>
std::vector<double> source_norms(const nn::Network<S>& network, trace::SequenceTrace<S>& text,
                                 nn::Ways ways) {
  text.trace.pair.ways = ways;
  Buffer<S> scratch(static_cast<std::size_t>(network.table().size()), S(0));
  network.backward(text.trace, text.input(), scratch.data());
  const Index width = network.spec().embedding;
  const ConstMatrixView<S> gradients(text.trace.input_gradients[0].data(), width, text.trace.steps);
  std::vector<double> norms;
  for (Index j = 0; j < text.trace.pair.start; ++j)
    norms.push_back(static_cast<double>(gradients.col(j).norm()));
  return norms;
}

}  // namespace

template <class S>
SourcePaths source_paths(const observe::Observation<S>& observation, Index step) {
  if (!observation.network || !observation.network->spec().decoder || !observation.sequence)
    fail("{} has no decoder, expected an encoder-decoder that has read a pair", observation.name);
  const nn::Network<S>& network = *observation.network;
  const nn::PairTape<S>& pair = observation.sequence->trace.pair;
  if (step < pair.start || step >= observation.steps())
    fail("step {} is not of the target, expected {} to {}", step, pair.start, observation.steps() - 1);
  task::Sequence<S> sequence = *observation.sequence;
  const int target = sequence.targets[static_cast<std::size_t>(step)];
  sequence.targets.assign(sequence.targets.size(), -1);
  sequence.targets[static_cast<std::size_t>(step)] =
      target < 0 ? static_cast<int>(observation.sequence->trace.likeliest(step)) : target;
  trace::SequenceTrace<S> text;
  static_cast<task::Sequence<S>&>(text) = std::move(sequence);
  network.resize(text.trace, observation.steps(), 1);
  network.clear_states(text.trace);
  network.forward(text.trace, text.input());
  text.tokens = text.trace.pair.read;
  nn::score<S>(text.trace, nn::Readout::softmax, {text.targets.data(), nullptr, nullptr}, 1);
  SourcePaths paths;
  paths.together = source_norms(network, text, nn::Ways::all);
  paths.through_state = source_norms(network, text, nn::Ways::state);
  paths.through_attention = source_norms(network, text, nn::Ways::attention);
  return paths;
}

template SourcePaths source_paths(const observe::Observation<float>&, Index);
template SourcePaths source_paths(const observe::Observation<double>&, Index);

double looked_at(const Eigen::Ref<const Eigen::VectorXd>& weights) {
  double entropy = 0, sum = 0;
  for (const double weight : weights) {
    if (weight < 0) return std::nan("");
    if (weight > 0) entropy -= weight * std::log(weight);
    sum += weight;
  }
  return std::abs(sum - 1) < 1e-3 ? std::exp(entropy) : std::nan("");
}

}  // namespace gatescope::analysis
