#include "core/analysis/source_paths.h"

#include <cmath>

#include "core/error.h"

namespace gatescope::analysis {
namespace {

/// The pair, read once more, with the loss of that step of its target alone.
template <class S>
trace::SequenceTrace<S> with_loss_of(const observe::Observation<S>& observation, Index step) {
  if (!observation.network || !observation.network->spec().decoder || !observation.sequence)
    fail("{} has no decoder, expected an encoder-decoder that has read a pair", observation.name);
  const nn::Network<S>& network = *observation.network;
  const Index start = observation.sequence->trace.pair.start;
  if (step < start || step >= observation.steps())
    fail("step {} is not of the target, expected {} to {}", step, start, observation.steps() - 1);
  trace::SequenceTrace<S> text;
  static_cast<task::Sequence<S>&>(text) = *observation.sequence;
  const int target = text.targets[static_cast<std::size_t>(step)];
  text.targets.assign(text.targets.size(), -1);
  text.targets[static_cast<std::size_t>(step)] =
      target < 0 ? static_cast<int>(observation.sequence->trace.likeliest(step)) : target;
  network.resize(text.trace, observation.steps(), 1);
  network.clear_states(text.trace);
  network.forward(text.trace, text.input());
  text.tokens = text.trace.pair.read;
  nn::score<S>(text.trace, nn::Readout::softmax, {text.targets.data(), nullptr, nullptr}, 1);
  return text;
}

template <class S>
void go_back(const nn::Network<S>& network, trace::SequenceTrace<S>& text, nn::Ways ways) {
  text.trace.pair.ways = ways;
  Buffer<S> scratch(static_cast<std::size_t>(network.table().size()), S(0));
  network.backward(text.trace, text.input(), scratch.data());
}

/// The norm of the gradient by every source character, after the decoder's backward pass.
template <class S>
std::vector<double> source_norms(const nn::Network<S>& network, trace::SequenceTrace<S>& text,
                                 nn::Ways ways) {
  go_back(network, text, ways);
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
  trace::SequenceTrace<S> text = with_loss_of(observation, step);
  const nn::Network<S>& network = *observation.network;
  SourcePaths paths;
  paths.together = source_norms(network, text, nn::Ways::all);
  paths.through_state = source_norms(network, text, nn::Ways::state);
  paths.through_attention = source_norms(network, text, nn::Ways::attention);
  return paths;
}

template SourcePaths source_paths(const observe::Observation<float>&, Index);
template SourcePaths source_paths(const observe::Observation<double>&, Index);

template <class S>
WaysBack ways_back(const observe::Observation<S>& observation, Index step) {
  trace::SequenceTrace<S> text = with_loss_of(observation, step);
  const nn::Network<S>& network = *observation.network;
  const nn::ModelSpec& spec = network.spec();
  go_back(network, text, nn::Ways::all);
  WaysBack ways{.step = step, .start = text.trace.pair.start};
  for (Index t = 0; t <= step; ++t) {
    const int layer = t < ways.start ? spec.layers - 1 : spec.all_layers() - 1;
    double sum = 0;
    for (const bool backward : {false, true}) {
      if (backward && !spec.has_backward(layer)) continue;
      const nn::LayerTape<S>& tape = text.trace.tapes[network.tape_number(layer, backward)];
      for (const int state : tape.info().paths())
        sum += tape.gradients(state).col(t).template cast<double>().squaredNorm();
    }
    ways.states.push_back(std::sqrt(sum));
  }
  ways.states.resize(static_cast<std::size_t>(observation.steps()), 0);
  if (spec.decoder->attention == nn::Attention::none) return ways;
  const nn::PairTape<S>& pair = text.trace.pair;
  ways.jumps = Eigen::MatrixXd::Zero(ways.start, observation.steps());
  for (Index t = ways.start; t <= step; ++t)
    ways.jumps.col(t) = pair.alpha.col(t).template cast<double>().cwiseAbs() *
                        static_cast<double>(pair.context_gradients.col(t).norm());
  return ways;
}

template WaysBack ways_back(const observe::Observation<float>&, Index);
template WaysBack ways_back(const observe::Observation<double>&, Index);

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
