#include "core/task/parity.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {

Parity::Parity(const Data& data, Index length, Index modulus)
    : SingleSequences(data, fmt::format("sums modulo {} of {} steps", modulus, length), length,
                      letters_and(modulus, {"B"}, '0'),
                      modulus == 2 ? std::vector<std::string>{"even", "odd"} : letters(modulus, '0')),
      modulus_(modulus) {
  if (length < 2) fail("parity of {} steps is impossible, expected 2 or more", length);
  if (modulus_ < 2 || modulus_ > 10) fail("a sum modulo {} is impossible, expected 2 to 10", modulus_);
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
