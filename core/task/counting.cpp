#include "core/task/counting.h"

#include <cmath>

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

enum : int { kCountedA = 0, kCountedB = 1, kEndOfCount = 2 };

/// The entropy of "b or the end", of which one in (most + 1) / 2 is an end, in nats.
double entropy_of_end(Index most) {
  const double end = 2.0 / static_cast<double>(std::max<Index>(1, most) + 1);
  return end < 1 ? -end * std::log(end) - (1 - end) * std::log1p(-end) : 0;
}

}  // namespace

Counting::Counting(const Data& data, Index length)
    : SingleSequences(data, fmt::format("counting in {} steps", length), length, {"a", "b", "."},
                      {"b", "end"}, entropy_of_end(length / 2)) {
  if (length < 2) fail("counting in {} steps is impossible, expected 2 or more", length);
}

void Counting::write(Rng& rng, Sequence<float>& sequence) const {
  const auto most = static_cast<std::uint64_t>(sequence.tokens.size() / 2);
  const std::size_t n = 1 + static_cast<std::size_t>(rng.below(most));
  for (std::size_t t = 0; t < sequence.tokens.size(); ++t) {
    sequence.tokens[t] = t < n ? kCountedA : t < 2 * n ? kCountedB : kEndOfCount;
    if (n <= t && t < 2 * n) sequence.targets[t] = t + 1 == 2 * n ? 1 : 0;
  }
}

}  // namespace gatescope::task
