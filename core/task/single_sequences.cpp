#include "core/task/single_sequences.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace gatescope::task {
namespace {

/// Sets `to` to `count` times `value`, of which entry b of each step will be the sequence's.
template <class T>
void begin(std::vector<T>& to, Index count, T value) {
  to.assign(static_cast<std::size_t>(count), value);
}

/// Copies (height, T) of one sequence to entry `b` of (height, T*B).
template <class T>
void scatter(const std::vector<T>& from, std::vector<T>& to, Index height, Index b, Index size) {
  for (std::size_t k = 0; k < from.size(); ++k) {
    const Index t = static_cast<Index>(k) / height, row = static_cast<Index>(k) % height;
    to[static_cast<std::size_t>((t * size + b) * height + row)] = from[k];
  }
}

}  // namespace

SingleSequences::SingleSequences(const Data& data, std::string name, Index steps,
                                 std::vector<std::string> vocabulary, std::vector<std::string> classes,
                                 std::optional<double> chance)
    : data_(data),
      name_(std::move(name)),
      steps_(steps),
      interface_{nn::InputKind::characters, std::ssize(vocabulary), nn::Readout::softmax,
                 std::ssize(classes)},
      vocabulary_(std::move(vocabulary)),
      classes_(std::move(classes)),
      chance_(chance.value_or(std::log(static_cast<double>(classes_.size())))) {}

SingleSequences::SingleSequences(const Data& data, std::string name, Index steps,
                                 const nn::Interface& interface, double chance)
    : data_(data), name_(std::move(name)), steps_(steps), interface_(interface), chance_(chance) {}

std::string SingleSequences::fingerprint() const {
  return fmt::format("{}, seed {}", name_, data_.seed);
}

void SingleSequences::fill(std::uint64_t part, std::uint64_t number, Batch& batch) const {
  const bool characters = interface_.input == nn::InputKind::characters,
             classes = interface_.readout == nn::Readout::softmax;
  const Index inputs = interface_.inputs, outputs = interface_.outputs, T = steps_, count = T * data_.batch;
  batch.steps = T;
  batch.size = data_.batch;
  batch.continues = false;
  begin(batch.tokens, characters ? count : 0, 0);
  begin(batch.values, characters ? 0 : count * inputs, 0.0F);
  begin(batch.classes, classes ? count : 0, -1);
  begin(batch.target_values, classes ? 0 : count * outputs, 0.0F);
  begin(batch.scored, classes ? 0 : count, char{0});
  Sequence<float> sequence;
  for (Index b = 0; b < data_.batch; ++b) {
    begin(sequence.tokens, characters ? T : 0, 0);
    begin(sequence.values, characters ? 0 : T * inputs, 0.0F);
    begin(sequence.targets, classes ? T : 0, -1);
    begin(sequence.target_values, classes ? 0 : T * outputs, 0.0F);
    begin(sequence.expected, classes ? 0 : T, char{0});
    Rng rng{data_.seed, part, number, static_cast<std::uint64_t>(b)};
    write(rng, sequence);
    scatter(sequence.tokens, batch.tokens, 1, b, batch.size);
    scatter(sequence.values, batch.values, inputs, b, batch.size);
    scatter(sequence.targets, batch.classes, 1, b, batch.size);
    scatter(sequence.target_values, batch.target_values, outputs, b, batch.size);
    scatter(sequence.expected, batch.scored, 1, b, batch.size);
  }
}

}  // namespace gatescope::task
