#include "core/math/rng.h"

#include <gtest/gtest.h>

namespace gatescope {
namespace {

TEST(Rng, DependsOnEveryKeyAndOnTheirOrder) {
  const auto first = [](std::initializer_list<std::uint64_t> keys) { return Rng(keys).bits(); };
  EXPECT_EQ(first({1, 2, 3}), first({1, 2, 3}));
  EXPECT_NE(first({1, 2, 3}), first({1, 3, 2}));
  EXPECT_NE(first({1, 2, 3}), first({1, 2, 4}));
  EXPECT_NE(first({1, 2}), first({1, 2, 0}));
}

TEST(Rng, HasTheMomentsOfItsDistributions) {
  Rng rng(5);
  const int n = 200000;
  double sum = 0, squares = 0, uniform = 0;
  int threes = 0;
  for (int k = 0; k < n; ++k) {
    const double x = rng.normal(), u = rng.uniform(-1, 3);
    sum += x;
    squares += x * x;
    uniform += u;
    EXPECT_TRUE(u >= -1 && u < 3);
    threes += rng.below(7) == 3;
  }
  EXPECT_NEAR(sum / n, 0, 0.02);
  EXPECT_NEAR(squares / n, 1, 0.02);
  EXPECT_NEAR(uniform / n, 1, 0.02);
  EXPECT_NEAR(threes / double(n), 1 / 7.0, 0.005);
}

}  // namespace
}  // namespace gatescope
