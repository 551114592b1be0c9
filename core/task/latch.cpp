#include "core/task/latch.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace gatescope::task {

Latch::Latch(const Data& data, Index length)
    : SingleSequences(data, fmt::format("a latch of {} steps", length), length,
                      nn::Interface{nn::InputKind::values, 1, nn::Readout::linear, 1}, 1.0) {
  if (length < 2) fail("a latch of {} steps is impossible, expected 2 or more", length);
}

void Latch::write(Rng& rng, Sequence<float>& sequence) const {
  // A normal number of two uniform ones [box1958].
  for (float& x : sequence.values) {
    const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
    x = static_cast<float>(0.2 * radius * std::cos(2 * std::numbers::pi * rng.uniform()));
  }
  sequence.values.front() = sequence.target_values.back() = rng.below(2) == 0 ? -1.0F : 1.0F;
  sequence.expected.back() = 1;
}

}  // namespace gatescope::task
