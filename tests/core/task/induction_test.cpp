#include "core/task/induction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.h"

namespace gatescope::task {
namespace {

TEST(Induction, AsksForWhatFollowedTheMark) {
  const Induction task({.batch = 16}, 6);
  std::set<std::ptrdiff_t> places;
  for (std::uint64_t number = 0; number < 128; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    const int mark = sequence.tokens.back();
    EXPECT_EQ(task.vocabulary()[static_cast<std::size_t>(mark)], "!");
    EXPECT_EQ(std::ranges::count(sequence.tokens, mark), 2);
    const auto first = std::ranges::find(sequence.tokens, mark) - sequence.tokens.begin();
    places.insert(first);
    EXPECT_EQ(sequence.targets.back(), sequence.tokens[static_cast<std::size_t>(first) + 1]);
    EXPECT_EQ(std::ranges::count(sequence.targets, -1), 5);
  }
  EXPECT_EQ(places, (std::set<std::ptrdiff_t>{0, 1, 2, 3}));
}

TEST(Induction, RefusesSequencesWithoutRoom) {
  EXPECT_THROW(Induction({}, 3), Error);
}

}  // namespace
}  // namespace gatescope::task
