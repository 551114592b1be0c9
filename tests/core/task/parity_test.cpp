#include "core/task/parity.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"

namespace gatescope::task {
namespace {

TEST(Parity, AsksForTheSumOfAllDigitsSoFar) {
  for (const Index modulus : {2, 3, 10}) {
    const Parity task({.batch = 8}, 30, modulus);
    std::set<int> digits;
    for (std::uint64_t number = 0; number < 32; ++number) {
      const Sequence<float> sequence = held_out_sequence(task, number);
      EXPECT_EQ(task.vocabulary()[static_cast<std::size_t>(sequence.tokens[0])], "B");
      EXPECT_EQ(sequence.targets[0], -1);
      int sum = 0;
      for (std::size_t t = 1; t < 30; ++t) {
        const int digit = std::stoi(task.vocabulary()[static_cast<std::size_t>(sequence.tokens[t])]);
        digits.insert(digit);
        sum += digit;
        EXPECT_EQ(sequence.targets[t], sum % modulus);
      }
    }
    EXPECT_EQ(std::ssize(digits), modulus);
  }
  EXPECT_EQ(Parity({}, 30, 2).classes(), (std::vector<std::string>{"even", "odd"}));
}

TEST(Parity, RefusesWhatIsNoSum) {
  EXPECT_THROW(Parity({}, 1, 2), Error);
  EXPECT_THROW(Parity({}, 30, 1), Error);
  EXPECT_THROW(Parity({}, 30, 11), Error);
}

}  // namespace
}  // namespace gatescope::task
