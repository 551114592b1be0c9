#include "core/observe/observe.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/nn/decode.h"

namespace gatescope::observe {
namespace {

constexpr Index kFewestOwn = 12, kMostOwn = 64;  // characters of a target that the network writes itself

/// Begins a trace of the network as it is forced now.
template <class S>
class Reader {
 public:
  Reader(const nn::Network<S>& network, const trace::LossAt& loss, const Options& options)
      : network_(network), loss_(loss), options_(options) {}

  trace::Tracing<S> operator()(const Text& text) const {
    return trace::begin_trace<S>(network_, std::span<const int>(text.characters), loss_, options_.keep,
                                 options_.watch, gradients());
  }
  trace::Tracing<S> operator()(const HeldOut& held_out) const {
    return (*this)(task::held_out_sequence(*held_out.task, held_out.number));
  }
  trace::Tracing<S> operator()(const Values& values) const {
    Pair pair;
    pair.values = values.values;
    const nn::Interface& interface = network_.interface();
    if (interface.readout == nn::Readout::softmax)
      pair.targets.assign(pair.values.size() / static_cast<std::size_t>(interface.inputs), -1);
    return (*this)(pair);
  }
  trace::Tracing<S> operator()(const Pair& pair) const {
    return trace::begin_trace<S>(network_, pair.as<S>(), loss_, options_.keep, options_.watch, gradients());
  }

 private:
  trace::Gradients gradients() const {
    return options_.needs.gradients ? trace::Gradients::computed : trace::Gradients::left_out;
  }

  const nn::Network<S>& network_;
  const trace::LossAt& loss_;
  const Options& options_;
};

}  // namespace

template <class S>
Observing<S>::Observing(Model<S> model, Stimulus stimulus, std::vector<nn::ForceRule> rules,
                        const trace::LossAt& loss, const Options& options)
    : network_(std::move(model.network)),
      stimulus_(std::move(stimulus)),
      loss_(loss),
      options_(options),
      reads_natural_(!rules.empty() && options.needs.natural) {
  observation_.name = std::move(model.name);
  observation_.network = network_;
  observation_.alphabet = std::move(model.alphabet);
  observation_.rules = std::move(rules);
  observation_.memo = std::make_shared<Memo>();
}

/// A source alone: what the network makes of it under the rules is read, with them and without; nothing is
/// expected of it.
template <class S>
void Observing<S>::write_target() {
  if (!is_source_alone(stimulus_, network_->interface())) return;
  network_->force(observation_.rules);
  Pair pair;
  pair.tokens = std::get<Text>(stimulus_).characters;
  const Index longest = std::clamp<Index>(2 * std::ssize(pair.tokens), kFewestOwn, kMostOwn);
  const nn::Decoded own = nn::decode(*network_, std::span<const int>(pair.tokens), longest);
  pair.tokens.push_back(nn::kStart);
  pair.tokens.insert(pair.tokens.end(), own.target.begin(), own.target.end());
  pair.targets.assign(pair.tokens.size(), -1);
  stimulus_ = std::move(pair);
}

template <class S>
void Observing<S>::begin(std::span<const nn::ForceRule> rules) {
  network_->force(rules);
  tracing_.emplace(std::visit(Reader<S>(*network_, loss_, options_), stimulus_));
}

template <class S>
bool Observing<S>::advance(Index steps) {
  if (!tracing_) write_target();
  if (!tracing_) begin(reads_natural_ ? std::span<const nn::ForceRule>() : observation_.rules);
  if (tracing_->advance(steps)) return true;
  auto text = std::make_shared<const trace::SequenceTrace<S>>(tracing_->take());
  tracing_.reset();
  (reads_natural_ ? observation_.natural : observation_.sequence) = std::move(text);
  return std::exchange(reads_natural_, false);
}

template <class S>
Observation<S> observe(const Model<S>& model, const Stimulus& stimulus, std::vector<nn::ForceRule> rules,
                       const trace::LossAt& loss, const Options& options) {
  Observing<S> observing(model, stimulus, std::move(rules), loss, options);
  while (observing.advance(std::numeric_limits<Index>::max() / 2)) {
  }
  return observing.take();
}

template <class S>
trace::SequenceTrace<S> with_loss_at(const Observation<S>& observation, Index step) {
  if (step < 0 || step >= observation.steps())
    fail("step {} does not exist: {} read {} steps", step, observation.name, observation.steps());
  task::Sequence<S> sequence = *observation.sequence;
  const auto at = static_cast<std::size_t>(step);
  const bool expects = sequence.expects(step);
  if (!sequence.targets.empty()) {
    const int target = sequence.targets[at];
    sequence.targets.assign(sequence.targets.size(), -1);
    sequence.targets[at] = target;
  } else if (!sequence.target_values.empty()) {
    sequence.expected.assign(static_cast<std::size_t>(observation.steps()), 0);
    sequence.expected[at] = expects;
  }
  return trace::trace_sequence<S>(*observation.network, std::move(sequence));
}

template class Observing<float>;
template class Observing<double>;
template Observation<float> observe(const Model<float>&, const Stimulus&, std::vector<nn::ForceRule>,
                                    const trace::LossAt&, const Options&);
template Observation<double> observe(const Model<double>&, const Stimulus&, std::vector<nn::ForceRule>,
                                     const trace::LossAt&, const Options&);
template trace::SequenceTrace<float> with_loss_at(const Observation<float>&, Index);
template trace::SequenceTrace<double> with_loss_at(const Observation<double>&, Index);

}  // namespace gatescope::observe
