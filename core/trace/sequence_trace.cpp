#include "core/trace/sequence_trace.h"

#include <charconv>
#include <limits>
#include <memory>
#include <utility>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/readout.h"
#include "core/task/outcome.h"
#include "core/trace/watch.h"

namespace gatescope::trace {

LossAt parse_loss_at(std::string_view text) {
  if (text == "all") return {LossAt::Kind::all, 0};
  if (text == "last") return {LossAt::Kind::last, 0};
  LossAt loss_at{LossAt::Kind::step, 0};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), loss_at.step);
  if (code != std::errc() || end != text.data() + text.size() || loss_at.step < 0) {
    fail("the loss cannot be taken at {}, expected all, last or the number of a step, from 0",
         in_quotes(text));
  }
  return loss_at;
}

namespace {

using task::Sequence;

/// Of the steps at which something is expected those that are asked for.
template <class S>
Scored scored_steps(const Sequence<S>& sequence, Index steps, const LossAt& loss_at) {
  Scored scored{sequence.targets, std::vector<char>(static_cast<std::size_t>(steps))};
  Index only = loss_at.step;
  if (loss_at.kind == LossAt::Kind::last)
    for (only = steps - 1; only > 0 && !sequence.expects(only);) --only;
  for (Index t = 0; t < steps; ++t) {
    const bool asked = loss_at.kind == LossAt::Kind::all || t == only;
    const auto at = static_cast<std::size_t>(t);
    scored.steps[at] = asked && sequence.expects(t);
    if (!asked && !scored.targets.empty()) scored.targets[at] = -1;
  }
  return scored;
}

/// All of it at once.
template <class S>
SequenceTrace<S> complete(Tracing<S> tracing) {
  while (tracing.advance(std::numeric_limits<Index>::max() / 2)) {
  }
  return tracing.take();
}

void check_characters(std::span<const int> characters, Index inputs) {
  for (const int character : characters) {
    if (character < 0 || character >= inputs)
      fail("character number {} does not exist, expected 0 to {}", character, inputs - 1);
  }
}

/// What a text is to a model that tells something else than its next character.
template <class S>
Sequence<S> without_targets(const nn::Interface& interface, std::span<const int> characters,
                            const LossAt& loss_at) {
  const Index steps = std::ssize(characters);
  if (steps < 1) fail("a text of no characters cannot be traced, expected 1 or more");
  check_characters(characters, interface.inputs);
  if (loss_at.kind == LossAt::Kind::step && (loss_at.step < 0 || loss_at.step >= steps)) {
    fail("step {} does not exist: a text of {} characters has steps 0 to {} for this model", loss_at.step,
         steps, steps - 1);
  }
  Sequence<S> sequence;
  sequence.tokens.assign(characters.begin(), characters.end());
  sequence.targets.assign(characters.size(), -1);
  if (!loss_at.label) return sequence;
  if (interface.readout != nn::Readout::softmax)
    fail("a label belongs to a model that tells classes; this one gives {} value{}", interface.outputs,
         interface.outputs == 1 ? "" : "s");
  if (*loss_at.label < 0 || *loss_at.label >= interface.outputs)
    fail("class {} does not exist, expected 0 to {}", *loss_at.label, interface.outputs - 1);
  const Index at = loss_at.kind == LossAt::Kind::step ? loss_at.step : steps - 1;
  sequence.targets[at] = *loss_at.label;
  return sequence;
}

/// What a text is to a model that tells its next character.
template <class S>
Sequence<S> with_next_characters(const nn::Interface& interface, std::span<const int> characters,
                                 const LossAt& loss_at) {
  if (loss_at.label)
    fail("a label belongs to a model that tells classes; this one tells the next character of a text");
  if (characters.size() < 2) {
    fail("a text of {} characters cannot be traced, expected 2 or more: each predicts the next",
         characters.size());
  }
  check_characters(characters, interface.inputs);
  const Index steps = std::ssize(characters) - 1;
  if (loss_at.kind == LossAt::Kind::step && (loss_at.step < 0 || loss_at.step >= steps)) {
    fail("step {} does not exist: a text of {} characters has steps 0 to {}", loss_at.step, characters.size(),
         steps - 1);
  }
  Sequence<S> sequence;
  sequence.tokens.assign(characters.begin(), characters.end() - 1);
  sequence.targets.assign(characters.begin() + 1, characters.end());
  return sequence;
}

/// What a text is to a model of pairs: a source, the sign, and what is known of the target. Where ¶ stands
/// behind it the end is expected, else nothing after its last character.
template <class S>
Sequence<S> with_target(const nn::Interface& interface, std::span<const int> characters,
                        const LossAt& loss_at) {
  if (loss_at.label)
    fail("a label belongs to a model that tells classes; this one tells the target of a source");
  Sequence<S> sequence = without_targets<S>(interface, characters, loss_at);
  const auto start = std::ranges::find(sequence.tokens, nn::kStart) - sequence.tokens.begin();
  const auto steps = std::ssize(sequence.tokens);
  for (auto t = start; t + 1 < steps; ++t)
    sequence.targets[static_cast<std::size_t>(t)] = sequence.tokens[static_cast<std::size_t>(t + 1)];
  // The sign that it is over is expected, not read.
  if (sequence.tokens.back() == nn::kEnd && start < steps) {
    sequence.tokens.pop_back();
    sequence.targets.pop_back();
  }
  return sequence;
}

/// How many steps a list of `size` numbers has, so many a step.
Index steps_in(std::size_t size, Index height) {
  const auto numbers = static_cast<Index>(size);
  if (numbers % height != 0) fail("{} values cannot be cut into steps, expected {} a step", numbers, height);
  return numbers / height;
}

/// Throws Error for a sequence that the interface cannot read or score; returns its number of steps.
template <class S>
Index check_sequence(const nn::Interface& interface, const Sequence<S>& sequence) {
  const bool characters = interface.input == nn::InputKind::characters;
  const bool classes = interface.readout == nn::Readout::softmax;
  if (classes ? !characters && !sequence.tokens.empty() : !sequence.targets.empty())
    fail("a labelled sequence needs a model that maps characters to classes");
  if (characters ? !sequence.values.empty() : !sequence.tokens.empty())
    fail("a sequence of {} needs a model that reads them", characters ? "values" : "characters");
  if (classes && !sequence.target_values.empty())
    fail("a sequence that expects values needs a model that gives them; this one tells classes");
  const Index steps =
      characters ? std::ssize(sequence.tokens) : steps_in(sequence.values.size(), interface.inputs);
  if (steps < 1) fail("a sequence of no steps cannot be traced, expected 1 or more");
  if (classes && std::ssize(sequence.targets) != steps)
    fail("{} steps with {} labels cannot be traced, expected one label a step", steps,
         sequence.targets.size());
  if (!sequence.target_values.empty() && steps_in(sequence.target_values.size(), interface.outputs) != steps)
    fail("{} steps with {} expected values cannot be traced, expected {} a step", steps,
         sequence.target_values.size(), interface.outputs);
  if (!sequence.expected.empty() && std::ssize(sequence.expected) != steps)
    fail("{} steps with {} marks of what is expected cannot be traced, expected one a step", steps,
         sequence.expected.size());
  if (characters) check_characters(sequence.tokens, interface.inputs);
  for (const int label : sequence.targets) {
    if (label < -1 || label >= interface.outputs)
      fail("class {} does not exist, expected 0 to {}, or -1 for none", label, interface.outputs - 1);
  }
  return steps;
}

}  // namespace

template <class S>
Tracing<S>::Tracing(const nn::Network<S>& network, task::Sequence<S> sequence, Index steps,
                    const LossAt& loss_at, Keep keep, Watch* watch, Gradients gradients)
    : network_(&network),
      result_{std::move(sequence), {}, {}},
      steps_(steps),
      loss_at_(loss_at),
      watch_(watch),
      gradients_(gradients) {
  if (keep == Keep::in_file) result_.trace.file = std::make_shared<FileMemory>();
}

template <class S>
bool Tracing<S>::advance(Index steps) {
  if (watch_) watch_->pass(0);
  const bool more = do_next(steps);
  if (watch_) tell_watch();
  return more;
}

template <class S>
bool Tracing<S>::do_next(Index steps) {
  nn::Trace<S>& trace = result_.trace;
  switch (next_) {
    case Pass::over:
      return false;
    case Pass::begin:
      network_->resize(trace, steps_, 1);
      network_->clear_states(trace);
      next_ = Pass::forward;
      return true;
    case Pass::forward:
      if (network_->forward_piece(trace, result_.input(), at_, steps)) return true;
      // What it told itself was read in place of the truth.
      if (network_->spec().decoder) result_.tokens = trace.pair.read;
      next_ = Pass::score;
      return true;
    case Pass::score:
      scored_ = scored_steps<S>(result_, steps_, loss_at_);
      nn::score<S>(trace, network_->interface().readout,
                   {scored_.targets.data(), result_.target_values.data(), scored_.steps.data()}, 1);
      if (gradients_ == Gradients::left_out) {
        next_ = Pass::over;
        network_->blank_rest(trace);
        return false;
      }
      result_.gradients.assign(static_cast<std::size_t>(network_->table().size()), S(0));
      next_ = Pass::backward;
      at_ = {};
      return true;
    case Pass::backward:
      if (network_->backward_piece(trace, result_.input(), result_.gradients.data(), at_, steps)) return true;
      network_->blank_rest(trace);
      return false;
  }
  return false;
}

/// Forward and the loss are one pass over all steps each, backward two.
template <class S>
void Tracing<S>::tell_watch() {
  const Index layers = std::ssize(result_.trace.tapes);
  const auto share = [&](Index passes) {
    return static_cast<double>(at_.pass * steps_ + at_.done) / static_cast<double>(passes * steps_);
  };
  double passes = 0;
  if (next_ == Pass::forward) passes = share(layers + 1);
  if (next_ == Pass::score) passes = 1;
  if (next_ == Pass::over) passes = 2;
  if (next_ == Pass::backward) passes = 2 + 2 * share(2 * layers + 1);
  const auto reached = static_cast<Index>(passes * static_cast<double>(steps_));
  watch_->pass(reached - std::exchange(told_, reached));
}

template <class S>
SequenceTrace<S> trace_text(const nn::Network<S>& network, std::span<const int> characters,
                            const LossAt& loss_at, Keep keep, Watch* watch, Gradients gradients) {
  return complete(begin_trace<S>(network, characters, loss_at, keep, watch, gradients));
}

template <class S>
Tracing<S> begin_trace(const nn::Network<S>& network, std::span<const int> characters, const LossAt& loss_at,
                       Keep keep, Watch* watch, Gradients gradients) {
  const nn::Interface& interface = network.interface();
  if (interface.input != nn::InputKind::characters) {
    fail("a text needs a model that reads characters; this one reads {} values a step", interface.inputs);
  }
  task::Sequence<S> sequence = interface.pairs ? with_target<S>(interface, characters, loss_at)
                               : task::outcome_of(interface).of_input
                                   ? with_next_characters<S>(interface, characters, loss_at)
                                   : without_targets<S>(interface, characters, loss_at);
  const Index steps = std::ssize(sequence.tokens);
  return Tracing<S>(network, std::move(sequence), steps, loss_at, keep, watch, gradients);
}

template <class S>
SequenceTrace<S> trace_sequence(const nn::Network<S>& network, task::Sequence<S> sequence,
                                const LossAt& loss_at, Keep keep, Watch* watch, Gradients gradients) {
  return complete(begin_trace<S>(network, std::move(sequence), loss_at, keep, watch, gradients));
}

template <class S>
Tracing<S> begin_trace(const nn::Network<S>& network, task::Sequence<S> sequence, const LossAt& loss_at,
                       Keep keep, Watch* watch, Gradients gradients) {
  const Index steps = check_sequence(network.interface(), sequence);
  if (loss_at.label) fail("a label is for a text; a sequence says itself what is expected");
  if (loss_at.kind == LossAt::Kind::step) {
    if (loss_at.step < 0 || loss_at.step >= steps)
      fail("step {} does not exist: the sequence has steps 0 to {}", loss_at.step, steps - 1);
    if (!sequence.expects(loss_at.step))
      fail("nothing is expected at step {}, which has no loss therefore", loss_at.step);
  }
  return Tracing<S>(network, std::move(sequence), steps, loss_at, keep, watch, gradients);
}

template <class S>
SequenceTrace<S> trace_sequence(const nn::Network<S>& network, std::span<const int> tokens,
                                std::span<const int> classes) {
  task::Sequence<S> sequence;
  sequence.tokens.assign(tokens.begin(), tokens.end());
  sequence.targets.assign(classes.begin(), classes.end());
  return trace_sequence(network, std::move(sequence));
}

template class Tracing<float>;
template class Tracing<double>;

template Tracing<float> begin_trace(const nn::Network<float>&, std::span<const int>, const LossAt&, Keep,
                                    Watch*, Gradients);
template Tracing<double> begin_trace(const nn::Network<double>&, std::span<const int>, const LossAt&, Keep,
                                     Watch*, Gradients);
template Tracing<float> begin_trace(const nn::Network<float>&, task::Sequence<float>, const LossAt&, Keep,
                                    Watch*, Gradients);
template Tracing<double> begin_trace(const nn::Network<double>&, task::Sequence<double>, const LossAt&, Keep,
                                     Watch*, Gradients);
template SequenceTrace<float> trace_sequence(const nn::Network<float>&, task::Sequence<float>, const LossAt&,
                                             Keep, Watch*, Gradients);
template SequenceTrace<double> trace_sequence(const nn::Network<double>&, task::Sequence<double>,
                                              const LossAt&, Keep, Watch*, Gradients);
template SequenceTrace<float> trace_sequence(const nn::Network<float>&, std::span<const int>,
                                             std::span<const int>);
template SequenceTrace<double> trace_sequence(const nn::Network<double>&, std::span<const int>,
                                              std::span<const int>);
template SequenceTrace<float> trace_text(const nn::Network<float>&, std::span<const int>, const LossAt&, Keep,
                                         Watch*, Gradients);
template SequenceTrace<double> trace_text(const nn::Network<double>&, std::span<const int>, const LossAt&,
                                          Keep, Watch*, Gradients);

}  // namespace gatescope::trace
