#include "core/task/temporal_order.h"

#include "core/error.h"
#include "core/math/rng.h"

namespace gatescope::task {
namespace {

enum : int { kFirstDistractor = 0, kDistractors = 4, kX = 4, kBegin = 6, kEnd = 7 };

}  // namespace

TemporalOrder::TemporalOrder(const Options& options) : options_(options) {
  if (options.length < 10)
    fail("temporal order of {} steps is impossible, expected 10 or more", options.length);
}

std::string TemporalOrder::fingerprint() const {
  return fmt::format("temporal order of {} steps, seed {}", options_.length, options_.seed);
}

void TemporalOrder::fill(std::uint64_t part, std::uint64_t number, Batch& batch) const {
  const Index length = options_.length;
  batch.steps = length;
  batch.size = options_.batch;
  batch.continues = false;
  const auto count = static_cast<std::size_t>(length * batch.size);
  batch.tokens.resize(count);
  batch.classes.assign(count, -1);
  for (Index b = 0; b < batch.size; ++b) {
    Rng rng{options_.seed, part, number, static_cast<std::uint64_t>(b)};
    const auto within = [&](Index low, Index high) {
      return low + static_cast<Index>(rng.below(static_cast<std::uint64_t>(std::max<Index>(1, high - low))));
    };
    const auto put = [&](Index t, int symbol) { batch.tokens[t * batch.size + b] = symbol; };
    for (Index t = 0; t < length; ++t) put(t, kFirstDistractor + static_cast<int>(rng.below(kDistractors)));
    const int first = static_cast<int>(rng.below(2)), second = static_cast<int>(rng.below(2));
    put(within(length / 10, length / 5), kX + first);
    put(within(length * 4 / 10, length / 2), kX + second);
    put(0, kBegin);
    put(length - 1, kEnd);
    batch.classes[(length - 1) * batch.size + b] = 2 * first + second;
  }
}

}  // namespace gatescope::task
