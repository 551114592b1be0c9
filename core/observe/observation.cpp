#include "core/observe/observation.h"

#include <fmt/format.h>

#include <span>

namespace gatescope::observe {
namespace {

/// "0.31 −2"; the first of many.
template <class S>
std::string in_words(std::span<const S> values) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t k = 0; k < values.size() && k < kMost; ++k) {
    if (k > 0) text += ' ';
    const double value = static_cast<double>(values[k]);
    text += (value < 0 ? "−" : "") + fmt::format("{:.3g}", value < 0 ? -value : value);
  }
  return values.size() > kMost ? text + " …" : text;
}

/// The values of step t, of so many a step.
template <class S>
std::span<const S> at_step(const std::vector<S>& values, Index t, Index steps) {
  const std::size_t height = values.size() / static_cast<std::size_t>(steps);
  return std::span(values).subspan(static_cast<std::size_t>(t) * height, height);
}

}  // namespace

std::string Alphabet::input(int number) const {
  const bool known = number >= 0 && static_cast<std::size_t>(number) < inputs.size();
  return known ? inputs[number] : "�";
}

std::string Alphabet::output(int number) const {
  if (outcome->of_input) return input(number);
  const bool known = number >= 0 && static_cast<std::size_t>(number) < outputs.size();
  return known ? outputs[number] : number < 0 ? "" : std::to_string(number);
}

void take_facts(Alphabet& alphabet, const task::Task& task) {
  alphabet.chance = task.chance();
  alphabet.chance_name = task.chance_name();
  alphabet.series = task.series();
  alphabet.pairs = task.pairs();
}

Alphabet alphabet_of(const task::Task& task) {
  const task::Outcome& outcome = task.outcome();
  Alphabet alphabet{task.vocabulary(), outcome.of_input ? std::vector<std::string>() : task.classes(),
                    &outcome, outcome.of_input};
  take_facts(alphabet, task);
  return alphabet;
}

Alphabet alphabet_of(const nn::Interface& interface, std::vector<std::string> vocabulary) {
  Alphabet alphabet{
      std::move(vocabulary), {}, &task::outcome_of(interface), interface.input == nn::InputKind::characters};
  if (alphabet.outcome->has_probabilities && !alphabet.outcome->of_input)
    for (Index k = 0; k < interface.outputs; ++k)
      alphabet.outputs.push_back(interface.pairs && k < std::ssize(alphabet.inputs)
                                     ? alphabet.inputs[static_cast<std::size_t>(k)]
                                     : std::to_string(k));
  return alphabet;
}

template <class S>
std::string Observation<S>::read(Index t) const {
  if (!sequence->tokens.empty()) return alphabet.input(sequence->tokens[t]);
  return in_words(at_step(sequence->values, t, steps()));
}

template <class S>
std::string Observation<S>::expected(Index t) const {
  if (!sequence->targets.empty()) return alphabet.output(sequence->targets[t]);
  return sequence->expects(t) ? in_words(at_step(sequence->target_values, t, steps())) : "";
}

template <class S>
std::vector<std::string> Observation<S>::characters() const {
  std::vector<std::string> all;
  all.reserve(sequence->tokens.size());
  for (const int token : sequence->tokens) all.push_back(alphabet.input(token));
  return all;
}

template <class S>
bool Observation<S>::expects_always() const {
  for (Index t = 0; t < steps(); ++t)
    if (!sequence->expects(t)) return false;
  return true;
}

template <class S>
const nn::LayerTape<S>* Observation<S>::tape(const trace::SequenceTrace<S>& of,
                                             std::string_view name_of) const {
  for (std::size_t k = 0; k < of.trace.tapes.size(); ++k)
    if (tape_name(network->spec(), network->layer_of(k), of.trace.tapes[k].reverse()) == name_of)
      return &of.trace.tapes[k];
  return nullptr;
}

std::string tape_name(const nn::ModelSpec& model, int layer, bool backward) {
  return std::to_string(layer) + (!model.has_backward(layer) ? "" : backward ? ".backward" : ".forward");
}

template struct Observation<float>;
template struct Observation<double>;

}  // namespace gatescope::observe
