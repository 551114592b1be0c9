#include "core/task/temporal_order.h"

#include <algorithm>

#include "core/error.h"

namespace gatescope::task {
namespace {

enum : int { kFirstDistractor = 0, kDistractors = 4, kX = 4, kBegin = 6, kEnd = 7 };

}  // namespace

TemporalOrder::TemporalOrder(const Data& data, Index length)
    : SingleSequences(data, fmt::format("temporal order of {} steps", length), length,
                      {"a", "b", "c", "d", "X", "Y", "B", "E"}, {"XX", "XY", "YX", "YY"}) {
  if (length < 10) fail("temporal order of {} steps is impossible, expected 10 or more", length);
}

void TemporalOrder::write(Rng& rng, Sequence<float>& sequence) const {
  const Index length = std::ssize(sequence.tokens);
  const auto within = [&](Index low, Index high) {
    return low + static_cast<Index>(rng.below(static_cast<std::uint64_t>(std::max<Index>(1, high - low))));
  };
  const auto put = [&](Index t, int symbol) { sequence.tokens[t] = symbol; };
  for (Index t = 0; t < length; ++t) put(t, kFirstDistractor + static_cast<int>(rng.below(kDistractors)));
  const int first = static_cast<int>(rng.below(2)), second = static_cast<int>(rng.below(2));
  put(within(length / 10, length / 5), kX + first);
  put(within(length * 4 / 10, length / 2), kX + second);
  put(0, kBegin);
  put(length - 1, kEnd);
  sequence.targets.back() = 2 * first + second;
}

}  // namespace gatescope::task
