#include "core/observe/observe.h"

#include <utility>

#include "core/error.h"

namespace gatescope::observe {
namespace {

/// One trace of the network as it is forced now.
template <class S>
class Reader {
 public:
  Reader(const nn::Network<S>& network, const trace::LossAt& loss, const Options& options)
      : network_(network), loss_(loss), options_(options) {}

  trace::TextTrace<S> operator()(const Text& text) const {
    return trace::trace_text<S>(network_, text.characters, loss_, options_.keep, options_.watch, gradients());
  }
  trace::TextTrace<S> operator()(const HeldOut& held_out) const {
    return (*this)(task::held_out_sequence(*held_out.task, held_out.number));
  }
  trace::TextTrace<S> operator()(const Values& values) const {
    Pair pair;
    pair.values = values.values;
    const nn::Interface& interface = network_.interface();
    if (interface.readout == nn::Readout::softmax)
      pair.targets.assign(pair.values.size() / static_cast<std::size_t>(interface.inputs), -1);
    return (*this)(pair);
  }
  trace::TextTrace<S> operator()(const Pair& pair) const {
    return trace::trace_sequence<S>(network_, pair.as<S>(), loss_, options_.keep, options_.watch,
                                    gradients());
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
Observation<S> observe(const Model<S>& model, const Stimulus& stimulus, std::vector<nn::ForceRule> rules,
                       const trace::LossAt& loss, const Options& options) {
  nn::Network<S>& network = *model.network;
  const Reader<S> reader(network, loss, options);
  const auto read = [&] { return std::make_shared<const trace::TextTrace<S>>(std::visit(reader, stimulus)); };
  Observation<S> observation;
  observation.name = model.name;
  observation.network = model.network;
  observation.alphabet = model.alphabet;
  if (!rules.empty() && options.needs.natural) {
    network.force({});
    observation.natural = read();
  }
  network.force(rules);
  observation.text = read();
  observation.rules = std::move(rules);
  observation.memo = std::make_shared<Memo>();
  return observation;
}

template <class S>
trace::TextTrace<S> with_loss_at(const Observation<S>& observation, Index step) {
  if (step < 0 || step >= observation.steps())
    fail("step {} does not exist: {} read {} steps", step, observation.name, observation.steps());
  task::Sequence<S> sequence = *observation.text;
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

template Observation<float> observe(const Model<float>&, const Stimulus&, std::vector<nn::ForceRule>,
                                    const trace::LossAt&, const Options&);
template Observation<double> observe(const Model<double>&, const Stimulus&, std::vector<nn::ForceRule>,
                                     const trace::LossAt&, const Options&);
template trace::TextTrace<float> with_loss_at(const Observation<float>&, Index);
template trace::TextTrace<double> with_loss_at(const Observation<double>&, Index);

}  // namespace gatescope::observe
