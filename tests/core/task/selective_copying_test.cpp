#include "core/task/selective_copying.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"

namespace gatescope::task {
namespace {

TEST(SelectiveCopying, AsksForTheLettersInTheirOrder) {
  const SelectiveCopying task({.batch = 4}, 20, 5);
  std::set<std::size_t> places;
  for (std::uint64_t number = 0; number < 32; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    ASSERT_EQ(sequence.tokens.size(), 25U);
    std::vector<int> letters, expected;
    for (std::size_t t = 0; t < 25; ++t) {
      const std::string symbol = task.vocabulary()[static_cast<std::size_t>(sequence.tokens[t])];
      EXPECT_EQ(symbol == "?", t >= 20);
      EXPECT_EQ(sequence.targets[t] >= 0, t >= 20);
      if (t >= 20)
        expected.push_back(sequence.targets[t]);
      else if (symbol != ".")
        letters.push_back(sequence.tokens[t]), places.insert(t);
    }
    EXPECT_EQ(letters.size(), 5U);
    EXPECT_EQ(letters, expected);
  }
  EXPECT_EQ(places.size(), 20U) << "letters stand anywhere";
}

TEST(SelectiveCopying, RefusesLettersWithoutRoom) {
  EXPECT_NO_THROW(SelectiveCopying({}, 5, 5));
  EXPECT_THROW(SelectiveCopying({}, 4, 5), Error);
  EXPECT_THROW(SelectiveCopying({}, 4, 0), Error);
}

}  // namespace
}  // namespace gatescope::task
