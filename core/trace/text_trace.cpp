#include "core/trace/text_trace.h"

#include <charconv>
#include <memory>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/readout.h"
#include "core/trace/watched_trace.h"

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

/// Forward and backward over the result's tokens; `scored` has -1 where a step has no loss.
template <class S>
void trace_into(const nn::Network<S>& network, const std::vector<int>& scored, TextTrace<S>& result,
                Keep keep = Keep::in_memory, Watch* watch = nullptr) {
  const auto pass = [&](int parts) {
    if (watch) watch->pass(parts * std::ssize(result.tokens));
  };
  pass(0);
  if (keep == Keep::in_file) result.trace.file = std::make_shared<FileMemory>();
  network.resize(result.trace, static_cast<Index>(result.tokens.size()), 1);
  network.clear_states(result.trace);
  const nn::LayerInput<S> input{result.tokens.data(), nullptr};
  network.forward(result.trace, input);
  pass(1);
  const std::vector<char> none(result.tokens.size());  // values have no targets here
  nn::score<S>(result.trace, network.interface().readout, {scored.data(), nullptr, none.data()}, 1);
  pass(1);
  result.gradients.assign(static_cast<std::size_t>(network.table().size()), S(0));
  network.backward(result.trace, input, result.gradients.data());
  pass(2);
}

void check_characters(std::span<const int> characters, Index inputs) {
  for (const int character : characters) {
    if (character < 0 || character >= inputs)
      fail("character number {} does not exist, expected 0 to {}", character, inputs - 1);
  }
}

/// A text read by a model that tells something else than its next character.
template <class S>
TextTrace<S> trace_other(const nn::Network<S>& network, std::span<const int> characters,
                         const LossAt& loss_at, Keep keep, Watch* watch) {
  const nn::Interface& interface = network.interface();
  const Index steps = std::ssize(characters);
  if (steps < 1) fail("a text of no characters cannot be traced, expected 1 or more");
  check_characters(characters, interface.inputs);
  if (loss_at.kind == LossAt::Kind::step && (loss_at.step < 0 || loss_at.step >= steps)) {
    fail("step {} does not exist: a text of {} characters has steps 0 to {} for this model", loss_at.step,
         steps, steps - 1);
  }
  TextTrace<S> result;
  result.tokens.assign(characters.begin(), characters.end());
  result.targets.assign(characters.size(), -1);
  if (loss_at.label) {
    if (interface.readout != nn::Readout::softmax)
      fail("a label belongs to a model that tells classes; this one gives {} value{}", interface.outputs,
           interface.outputs == 1 ? "" : "s");
    if (*loss_at.label < 0 || *loss_at.label >= interface.outputs)
      fail("class {} does not exist, expected 0 to {}", *loss_at.label, interface.outputs - 1);
    const Index at = loss_at.kind == LossAt::Kind::step ? loss_at.step : steps - 1;
    result.targets[static_cast<std::size_t>(at)] = *loss_at.label;
  }
  trace_into(network, result.targets, result, keep, watch);
  return result;
}

template <class S>
TextTrace<S> watched_trace(const nn::Network<S>& network, std::span<const int> characters,
                           const LossAt& loss_at, Keep keep, Watch* watch) {
  const nn::Interface& interface = network.interface();
  if (interface.input != nn::InputKind::characters) {
    fail("a text needs a model that reads characters; this one reads {} values a step", interface.inputs);
  }
  if (!tells_next_character(interface)) return trace_other(network, characters, loss_at, keep, watch);
  if (loss_at.label)
    fail("a label belongs to a model that tells classes; this one tells the next character of a text");
  if (characters.size() < 2) {
    fail("a text of {} characters cannot be traced, expected 2 or more: each predicts the next",
         characters.size());
  }
  check_characters(characters, interface.inputs);
  const Index steps = static_cast<Index>(characters.size()) - 1;
  if (loss_at.kind == LossAt::Kind::step && (loss_at.step < 0 || loss_at.step >= steps)) {
    fail("step {} does not exist: a text of {} characters has steps 0 to {}", loss_at.step, characters.size(),
         steps - 1);
  }

  TextTrace<S> result;
  result.tokens.assign(characters.begin(), characters.end() - 1);
  result.targets.assign(characters.begin() + 1, characters.end());
  std::vector<int> scored = result.targets;
  const Index only = loss_at.kind == LossAt::Kind::last ? steps - 1 : loss_at.step;
  for (Index t = 0; t < steps; ++t) {
    if (loss_at.kind != LossAt::Kind::all && t != only) scored[static_cast<std::size_t>(t)] = -1;
  }

  trace_into(network, scored, result, keep, watch);
  return result;
}

}  // namespace

bool tells_next_character(const nn::Interface& interface) {
  return interface.input == nn::InputKind::characters && interface.readout == nn::Readout::softmax &&
         interface.inputs == interface.outputs;
}

template <class S>
TextTrace<S> trace_text(const nn::Network<S>& network, std::span<const int> characters, const LossAt& loss_at,
                        Keep keep) {
  return watched_trace(network, characters, loss_at, keep, nullptr);
}

TextTrace<float> trace_text(const nn::Network<float>& network, std::span<const int> characters,
                            const LossAt& loss_at, Watch* watch) {
  return watched_trace(network, characters, loss_at, Keep::in_memory, watch);
}

template <class S>
TextTrace<S> trace_sequence(const nn::Network<S>& network, std::span<const int> tokens,
                            std::span<const int> classes) {
  const nn::Interface& interface = network.interface();
  if (interface.input != nn::InputKind::characters || interface.readout != nn::Readout::softmax)
    fail("a labelled sequence needs a model that maps characters to classes");
  if (tokens.empty() || tokens.size() != classes.size())
    fail("{} steps with {} labels cannot be traced, expected one label a step", tokens.size(),
         classes.size());
  check_characters(tokens, interface.inputs);
  for (const int label : classes) {
    if (label < -1 || label >= interface.outputs)
      fail("class {} does not exist, expected 0 to {}, or -1 for none", label, interface.outputs - 1);
  }
  TextTrace<S> result;
  result.tokens.assign(tokens.begin(), tokens.end());
  result.targets.assign(classes.begin(), classes.end());
  trace_into(network, result.targets, result);
  return result;
}

template TextTrace<float> trace_sequence(const nn::Network<float>&, std::span<const int>,
                                         std::span<const int>);
template TextTrace<double> trace_sequence(const nn::Network<double>&, std::span<const int>,
                                          std::span<const int>);
template TextTrace<float> trace_text(const nn::Network<float>&, std::span<const int>, const LossAt&, Keep);
template TextTrace<double> trace_text(const nn::Network<double>&, std::span<const int>, const LossAt&, Keep);

}  // namespace gatescope::trace
