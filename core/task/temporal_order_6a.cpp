#include "core/task/temporal_order_6a.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

enum : int { kDistractorsOf6a = 4, kXOf6a = 4, kBeginOf6a = 6, kTriggerOf6a = 7 };

}  // namespace

TemporalOrder6a::TemporalOrder6a(const Data& data, Index length)
    : SingleSequences(data, fmt::format("temporal order 6a of {} steps", length), length + length / 10,
                      {"a", "b", "c", "d", "X", "Y", "E", "B"}, {"XX", "XY", "YX", "YY"}),
      length_(length) {
  if (length_ < 10) fail("temporal order of {} steps is impossible, expected 10 or more", length_);
}

void TemporalOrder6a::write(Rng& rng, Sequence<float>& sequence) const {
  const Index tenth = length_ / 10;
  const auto up_to_a_tenth_more = [&](Index low) {
    return static_cast<std::size_t>(low + below(rng, tenth + 1));
  };
  const std::size_t last = up_to_a_tenth_more(length_) - 1;
  for (std::size_t t = 0; t < sequence.tokens.size(); ++t)
    sequence.tokens[t] = t < last ? static_cast<int>(below(rng, kDistractorsOf6a)) : kTriggerOf6a;
  sequence.tokens.front() = kBeginOf6a;
  const int first = static_cast<int>(rng.below(2)), second = static_cast<int>(rng.below(2));
  sequence.tokens[up_to_a_tenth_more(tenth)] = kXOf6a + first;
  sequence.tokens[up_to_a_tenth_more(length_ / 2)] = kXOf6a + second;
  sequence.targets[last] = 2 * first + second;
}

}  // namespace gatescope::task
