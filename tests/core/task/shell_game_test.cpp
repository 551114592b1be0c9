#include "core/task/shell_game.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"

namespace gatescope::task {
namespace {

TEST(ShellGame, AsksForTheCupOfTheBall) {
  for (const Index cups : {2, 3, 9}) {
    const ShellGame task({.batch = 8}, 30, cups);
    std::set<int> seen;
    for (std::uint64_t number = 0; number < 64; ++number) {
      const Sequence<float> sequence = held_out_sequence(task, number);
      const auto symbol = [&](std::size_t t) {
        return task.vocabulary()[static_cast<std::size_t>(sequence.tokens[t])];
      };
      // All cups, one of which has the ball in it.
      std::vector<bool> has_ball(static_cast<std::size_t>(cups));
      has_ball[static_cast<std::size_t>(std::stoi(symbol(0)) - 1)] = true;
      for (std::size_t t = 0; t < 30; ++t) {
        if (t > 0) {
          const auto first = static_cast<std::size_t>(symbol(t)[0] - 'a');
          const bool left = has_ball[first];
          has_ball[first] = has_ball[first + 1];
          has_ball[first + 1] = left;
        }
        EXPECT_EQ(sequence.targets[t], std::ranges::find(has_ball, true) - has_ball.begin());
        seen.insert(sequence.targets[t]);
      }
    }
    EXPECT_EQ(std::ssize(seen), cups);
  }
}

TEST(ShellGame, RefusesWhatIsNoGame) {
  EXPECT_THROW(ShellGame({}, 1, 3), Error);
  EXPECT_THROW(ShellGame({}, 30, 1), Error);
  EXPECT_THROW(ShellGame({}, 30, 10), Error);
}

}  // namespace
}  // namespace gatescope::task
