#include "core/task/nearest_neighbour.h"

#include <limits>

#include "core/error.h"

namespace gatescope::task {

NearestNeighbour::NearestNeighbour(const Data& data, Index length)
    : SingleSequences(data, fmt::format("nearest-neighbour search of {} steps", length), length,
                      nn::Interface{nn::InputKind::values, 3, nn::Readout::linear, 1}, 1.0 / 12) {
  if (length < 2) fail("nearest-neighbour search of {} steps is impossible, expected 2 or more", length);
}

void NearestNeighbour::write(Rng& rng, Sequence<float>& sequence) const {
  const auto draw = [&] { return static_cast<float>(rng.uniform(-1, 1)); };
  const float x = draw(), y = draw();
  float nearest = std::numeric_limits<float>::infinity(), kept = 0;
  for (std::size_t t = 0; t < sequence.expected.size(); ++t) {
    float* step = sequence.values.data() + 3 * t;
    step[0] = t == 0 ? x : draw();
    step[1] = t == 0 ? y : draw();
    if (t == 0) continue;
    step[2] = static_cast<float>(rng.uniform());
    const float dx = step[0] - x, dy = step[1] - y, distance = dx * dx + dy * dy;
    if (distance < nearest) nearest = distance, kept = step[2];
    sequence.target_values[t] = kept;
    sequence.expected[t] = 1;
  }
}

}  // namespace gatescope::task
