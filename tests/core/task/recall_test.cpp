#include "core/task/recall.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.h"

namespace gatescope::task {
namespace {

/// What a reader with a dictionary says.
void expect_right(const Recall& task, std::size_t pairs, std::size_t rewritten) {
  const std::vector<std::string> symbols = task.vocabulary();
  std::set<std::string> keys;
  for (std::uint64_t number = 0; number < 64; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    std::map<std::string, std::string> value_of;
    std::map<std::string, int> asked;
    std::size_t changed = 0;
    const std::size_t written = 2 * (pairs + rewritten);
    ASSERT_EQ(sequence.tokens.size(), written + pairs);
    const auto symbol = [&](std::size_t t) { return symbols[static_cast<std::size_t>(sequence.tokens[t])]; };
    for (std::size_t t = 0; t < written; t += 2) {
      EXPECT_EQ(sequence.targets[t], -1);
      EXPECT_EQ(sequence.targets[t + 1], -1);
      const auto [at, is_new] = value_of.try_emplace(symbol(t), symbol(t + 1));
      keys.insert(symbol(t));
      if (is_new) continue;
      EXPECT_NE(at->second, symbol(t + 1)) << "another value";
      at->second = symbol(t + 1);
      ++changed;
    }
    EXPECT_EQ(value_of.size(), pairs);
    EXPECT_EQ(changed, rewritten);
    for (std::size_t t = written; t < sequence.tokens.size(); ++t) {
      EXPECT_EQ(task.classes()[static_cast<std::size_t>(sequence.targets[t])], value_of.at(symbol(t)));
      EXPECT_EQ(++asked[symbol(t)], 1);
    }
  }
  EXPECT_EQ(keys.size(), symbols.size() - 8) << "all keys are used";
}

TEST(Recall, AsksForTheValueOfEachKeyOnce) {
  expect_right(Recall({.batch = 8}, 4, 0, 16), 4, 0);
  expect_right(Recall({.batch = 8}, 3, 0, 3), 3, 0);
}

TEST(Recall, AKeyThatIsWrittenAgainHasItsLastValue) {
  expect_right(Recall({.batch = 8}, 6, 6, 52), 6, 6);
  expect_right(Recall({.batch = 8}, 5, 2, 10), 5, 2);
}

TEST(Recall, RefusesWhatHasNoRoom) {
  EXPECT_THROW(Recall({}, 0, 0, 16), Error);
  EXPECT_THROW(Recall({}, 5, 0, 4), Error);
  EXPECT_THROW(Recall({}, 5, 0, 53), Error);
  EXPECT_THROW(Recall({}, 5, 6, 16), Error);
  EXPECT_THROW(Recall({}, 5, -1, 16), Error);
}

}  // namespace
}  // namespace gatescope::task
