#include "core/analysis/source_paths.h"

#include <cmath>

#include "core/error.h"

namespace gatescope::analysis {
namespace {

/// The norm of the gradient by every source character, as the last backward pass left it.
template <class S>
std::vector<double> source_norms(const nn::Network<S>& network, const nn::Trace<S>& trace) {
  const ConstMatrixView<S> gradients(trace.input_gradients[0].data(), network.spec().embedding, trace.steps);
  std::vector<double> norms;
  for (Index j = 0; j < trace.pair.start; ++j) norms.push_back(static_cast<double>(gradients.col(j).norm()));
  return norms;
}

/// The same on one way alone.
template <class S>
std::vector<double> source_norms_by(nn::Ways ways, const nn::Network<S>& network,
                                    trace::SequenceTrace<S>& text) {
  text.trace.pair.ways = ways;
  Buffer<S> scratch(static_cast<std::size_t>(network.table().size()), S(0));
  network.backward(text.trace, text.input(), scratch.data());
  return source_norms(network, text.trace);
}

template <class S>
std::vector<double> state_norms(const nn::Network<S>& network, const nn::Trace<S>& trace, Index step) {
  const nn::ModelSpec& spec = network.spec();
  std::vector<double> norms(static_cast<std::size_t>(trace.steps), 0);
  for (Index t = 0; t <= step; ++t) {
    const int layer = t < trace.pair.start ? spec.layers - 1 : spec.all_layers() - 1;
    double sum = 0;
    for (const bool backward : {false, true}) {
      if (backward && !spec.has_backward(layer)) continue;
      const nn::LayerTape<S>& tape = trace.tapes[network.tape_number(layer, backward)];
      for (const int state : tape.info().paths())
        sum += tape.gradients(state).col(t).template cast<double>().squaredNorm();
    }
    norms[static_cast<std::size_t>(t)] = std::sqrt(sum);
  }
  return norms;
}

template <class S>
Eigen::MatrixXd jump_norms(const nn::PairTape<S>& pair, Index steps, Index step) {
  Eigen::MatrixXd norms = Eigen::MatrixXd::Zero(pair.start, steps);
  for (Index t = pair.start; t <= step; ++t)
    norms.col(t) = pair.alpha.col(t).template cast<double>().cwiseAbs() *
                   static_cast<double>(pair.context_gradients.col(t).norm());
  return norms;
}

}  // namespace

template <class S>
SourcePaths source_paths(const observe::Observation<S>& observation, Index step) {
  if (!observation.network || !observation.network->spec().decoder || !observation.sequence)
    fail("{} has no decoder, expected an encoder-decoder that has read a pair", observation.name);
  const nn::Network<S>& network = *observation.network;
  const Index start = observation.sequence->trace.pair.start;
  if (step < start || step >= observation.steps())
    fail("step {} is not of the target, expected {} to {}", step, start, observation.steps() - 1);
  task::Sequence<S> sequence = *observation.sequence;
  const int target = sequence.targets[static_cast<std::size_t>(step)];
  sequence.targets.assign(sequence.targets.size(), -1);
  sequence.targets[static_cast<std::size_t>(step)] =
      target < 0 ? static_cast<int>(observation.sequence->trace.likeliest(step)) : target;
  trace::SequenceTrace<S> text = trace::trace_sequence<S>(network, std::move(sequence));
  SourcePaths paths;
  paths.together = source_norms(network, text.trace);
  paths.states = state_norms(network, text.trace, step);
  if (network.spec().decoder->attention != nn::Attention::none)
    paths.jumps = jump_norms(text.trace.pair, observation.steps(), step);
  network.forward(text.trace, text.input());  // what was blanked for people to look at
  paths.through_state = source_norms_by(nn::Ways::state, network, text);
  paths.through_attention = source_norms_by(nn::Ways::attention, network, text);
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
