#include "core/observe/memo.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

namespace gatescope::observe {

TEST(Memo, ComputesEachNameWithEachOptionsOnce) {
  Memo memo;
  int computed = 0;
  const auto ask = [&](Index option) {
    return memo.get("square", {option}, [&] { return ++computed, option * option; });
  };
  const auto nine = ask(3);
  EXPECT_EQ(*nine, 9);
  EXPECT_EQ(ask(3), nine) << "the same result, not an equal one";
  EXPECT_EQ(*ask(4), 16);
  EXPECT_EQ(*memo.get("text", {3}, [] { return std::string("three"); }), "three");
  EXPECT_EQ(computed, 2);
  EXPECT_EQ(memo.computations("square"), 2u);
  EXPECT_EQ(memo.computations("text"), 1u);
  EXPECT_EQ(memo.computations("cube"), 0u);
  EXPECT_EQ(memo.computations(), 3u);
}

TEST(Memo, KeepsOfAnameThoseUsedLast) {
  Memo memo;
  const auto ask = [&](Index option) {
    return memo.get(
        "square", {option}, [&] { return option * option; }, 2);
  };
  const auto first = ask(1);
  ask(2);
  ask(1);
  ask(3);  // 2 goes
  EXPECT_EQ(memo.size(), 2u);
  ask(1);
  ask(3);
  EXPECT_EQ(memo.computations("square"), 3u);
  ask(2);
  EXPECT_EQ(memo.computations("square"), 4u);
  EXPECT_EQ(*first, 1) << "whoever has a result keeps it";
}

TEST(Memo, KeepsNothingOfAComputationThatThrows) {
  Memo memo;
  const auto fails = []() -> int { throw std::runtime_error("no"); };
  EXPECT_THROW(memo.get("answer", {}, fails), std::runtime_error);
  EXPECT_EQ(memo.size(), 0U) << "nor its place, which may be another's";
  EXPECT_EQ(*memo.get("answer", {}, [] { return 42; }), 42);
}

TEST(Memo, ResultsMayAskForOthers) {
  Memo memo;
  const auto two = memo.get("two", {}, [&] { return 1 + *memo.get("one", {}, [] { return 1; }); });
  EXPECT_EQ(*two, 2);
}

TEST(Memo, ManyThreadsComputeOnce) {
  Memo memo;
  std::atomic<int> computed = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&] {
      for (Index option = 0; option < 50; ++option)
        EXPECT_EQ(*memo.get("double", {option}, [&] { return ++computed, 2 * option; }), 2 * option);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(computed, 50);
}

}  // namespace gatescope::observe
