#include "core/task/adding.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {

Adding::Adding(const Data& data, Index length)
    : SingleSequences(data, fmt::format("adding in {} steps", length), length,
                      nn::Interface{nn::InputKind::values, 2, nn::Readout::linear, 1}, 1.0 / 6) {
  if (length < 2) fail("adding in {} steps is impossible, expected 2 or more", length);
}

void Adding::write(Rng& rng, Sequence<float>& sequence) const {
  const Index length = std::ssize(sequence.expected), half = length / 2;
  for (Index t = 0; t < length; ++t)
    sequence.values[static_cast<std::size_t>(2 * t)] = static_cast<float>(rng.uniform());
  float sum = 0;
  for (const Index marked : {below(rng, half), half + below(rng, length - half)}) {
    float* const step = sequence.values.data() + 2 * marked;
    step[1] = 1;
    sum += step[0];
  }
  sequence.target_values.back() = sum;
  sequence.expected.back() = 1;
}

}  // namespace gatescope::task
