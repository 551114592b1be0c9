#include "core/task/parity.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {

Parity::Parity(const Data& data, Index length, Index modulus)
    : SingleSequences(data), length_(length), modulus_(modulus) {
  if (length_ < 2) fail("parity of {} steps is impossible, expected 2 or more", length_);
  if (modulus_ < 2 || modulus_ > 10) fail("a sum modulo {} is impossible, expected 2 to 10", modulus_);
}

nn::Interface Parity::interface() const {
  return {nn::InputKind::characters, modulus_ + 1, nn::Readout::softmax, modulus_};
}

std::vector<std::string> Parity::vocabulary() const {
  std::vector<std::string> symbols = letters(modulus_, '0');
  symbols.emplace_back("B");
  return symbols;
}

std::vector<std::string> Parity::classes() const {
  if (modulus_ == 2) return {"even", "odd"};
  return letters(modulus_, '0');
}

std::string Parity::fingerprint() const {
  return fmt::format("sums modulo {} of {} steps, seed {}", modulus_, length_, seed());
}

void Parity::write(Rng& rng, Sequence<float>& sequence) const {
  sequence.tokens[0] = static_cast<int>(modulus_);
  Index sum = 0;
  for (std::size_t t = 1; t < sequence.tokens.size(); ++t) {
    const Index digit = below(rng, modulus_);
    sum = (sum + digit) % modulus_;
    sequence.tokens[t] = static_cast<int>(digit);
    sequence.targets[t] = static_cast<int>(sum);
  }
}

}  // namespace gatescope::task
