#include "core/task/flip_flop.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {

FlipFlop::FlipFlop(const Data& data, Index length, Index bits)
    : SingleSequences(data, fmt::format("a flip-flop of {} bits, {} steps", bits, length), length,
                      nn::Interface{nn::InputKind::values, bits, nn::Readout::linear, bits}, 1.0),
      bits_(bits) {
  if (length < 1) fail("a flip-flop of {} steps is impossible, expected 1 or more", length);
  if (bits_ < 1) fail("a flip-flop of {} bits is impossible, expected 1 or more", bits_);
}

void FlipFlop::write(Rng& rng, Sequence<float>& sequence) const {
  for (std::size_t t = 0; t < sequence.expected.size(); ++t) {
    sequence.expected[t] = 1;
    for (Index bit = 0; bit < bits_; ++bit) {
      const auto at = t * static_cast<std::size_t>(bits_) + static_cast<std::size_t>(bit);
      if (t == 0 || below(rng, 20) == 0) sequence.values[at] = rng.below(2) == 0 ? -1.0F : 1.0F;
      sequence.target_values[at] = sequence.values[at] != 0
                                       ? sequence.values[at]
                                       : sequence.target_values[at - static_cast<std::size_t>(bits_)];
    }
  }
}

}  // namespace gatescope::task
