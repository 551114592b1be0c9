#include "core/task/nearest_neighbour.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace gatescope::task {
namespace {

TEST(NearestNeighbour, AsksForThePayloadOfTheNearestSoFar) {
  const NearestNeighbour task({.batch = 8}, 12);
  std::size_t changes = 0;
  for (std::uint64_t number = 0; number < 64; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    ASSERT_EQ(sequence.values.size(), 36U);
    const auto value = [&](std::size_t t, std::size_t k) { return sequence.values[3 * t + k]; };
    const auto distance = [&](std::size_t t) {
      return std::hypot(value(t, 0) - value(0, 0), value(t, 1) - value(0, 1));
    };
    EXPECT_FALSE(sequence.expects(0));
    EXPECT_EQ(value(0, 2), 0);
    for (std::size_t t = 1; t < 12; ++t) {
      std::size_t nearest = 1;
      for (std::size_t s = 2; s <= t; ++s)
        if (distance(s) < distance(nearest)) nearest = s;
      EXPECT_TRUE(sequence.expects(static_cast<Index>(t)));
      EXPECT_EQ(sequence.target_values[t], value(nearest, 2));
      changes += nearest == t && t > 1;
    }
  }
  EXPECT_GT(changes, 64U) << "what was kept gives way more than once a sequence";
}

TEST(NearestNeighbour, RefusesSequencesWithoutRoom) {
  EXPECT_THROW(NearestNeighbour({}, 1), Error);
}

}  // namespace
}  // namespace gatescope::task
