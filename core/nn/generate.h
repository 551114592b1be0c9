#pragma once

#include <span>
#include <vector>

#include "core/math/rng.h"
#include "core/nn/network.h"

namespace gatescope::nn {

/// Writes text one character at a time: each character drawn goes in as the next input. Rules that name steps
/// count from the first character read.
class Generator {
 public:
  /// Throws Error for a network that cannot write: a bidirectional one, or one whose outputs are not its
  /// inputs.
  explicit Generator(const Network<float>& network);

  /// Reads a character and keeps its state.
  void read(int character);
  /// The probabilities of the next character at a temperature: softmax(logits / temperature), (V);
  /// temperature > 0.
  Vector<float> next(double temperature = 1) const;
  /// Draws the next character; at temperature 0 the likeliest. Does not read it.
  int draw(double temperature, Rng& rng) const;

 private:
  const Network<float>& network_;
  Trace<float> trace_;
};

/// `length` characters after the prompt. After an empty prompt all characters are equally likely to come
/// first.
std::vector<int> generate(const Network<float>& network, std::span<const int> prompt, Index length,
                          double temperature, Rng rng);

}  // namespace gatescope::nn
