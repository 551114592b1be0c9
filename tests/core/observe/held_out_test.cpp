#include "core/observe/held_out.h"

#include <gtest/gtest.h>

#include "core/task/char_text.h"
#include "core/task/temporal_order.h"
#include "tests/error_of.h"

namespace gatescope::observe {
namespace {

/// 400 characters, no two places of it alike for long; its last 200 are held out.
std::u32string some_text() {
  std::u32string text;
  for (int k = 0; k < 400; ++k) text += static_cast<char32_t>(U'a' + (k * k / 7 + k) % 5);
  return text;
}

TEST(HeldOut, PartsOfATextGoOnFromBatchToBatchFarFromEachOther) {
  const std::u32string text = some_text();
  const task::CharText task(text, {.batch = 4, .steps = 8, .held_out = 0.5}, "a text");
  const auto all = read_held_out(task, 2, 20);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  // Four streams of 50 characters each; of two sequences the first and the third.
  for (std::size_t k = 0; k < 2; ++k) {
    const Pair& pair = (*all)[k];
    const std::size_t first = 200 + 100 * k;
    ASSERT_EQ(pair.tokens.size(), 20U);
    for (std::size_t t = 0; t < 20; ++t) {
      EXPECT_EQ(pair.tokens[t], static_cast<int>(text[first + t] - U'a'));
      EXPECT_EQ(pair.targets[t], static_cast<int>(text[first + t + 1] - U'a'));
    }
  }
}

TEST(HeldOut, MoreThanABatchHasBeginInTheNextAndNoTwoAreAlike) {
  const task::CharText task(some_text(), {.batch = 2, .steps = 8, .held_out = 0.5}, "a text");
  const auto all = read_held_out(task, 5, 16);
  ASSERT_EQ(all->size(), 5U);
  for (std::size_t k = 0; k < 5; ++k)
    for (std::size_t other = 0; other < k; ++other) EXPECT_NE((*all)[k].tokens, (*all)[other].tokens);
  EXPECT_EQ(read_held_out(task, 1000, 100)->size(), 2U) << "there is no more";
  const task::CharText nothing(some_text(), {.batch = 2, .steps = 8, .held_out = 0}, "a text");
  EXPECT_EQ(read_held_out(nothing), nullptr);
}

TEST(HeldOut, LabelledSequencesAreWholeAndTheTasksOwn) {
  const task::TemporalOrder task({.batch = 4, .held_out_batches = 2}, 30);
  const auto all = read_held_out(task, 6, 8);
  ASSERT_EQ(all->size(), 6U);
  for (const Pair& pair : *all) {
    ASSERT_EQ(pair.tokens.size(), 30U);
    EXPECT_FALSE(pair.expects(28));
    EXPECT_TRUE(pair.expects(29));
  }
  EXPECT_EQ((*all)[0].tokens, task::held_out_sequence(task, 0).tokens);
  EXPECT_EQ((*all)[4].tokens, task::held_out_sequence(task, 1).tokens) << "the first of the second batch";
}

TEST(HeldOut, IsReadBackFromItsWords) {
  const task::CharText text(some_text(), {.batch = 4, .steps = 8, .held_out = 0.5}, "a text");
  const task::TemporalOrder order({.batch = 4}, 30);
  for (const task::Task* task :
       {static_cast<const task::Task*>(&text), static_cast<const task::Task*>(&order)}) {
    const Alphabet alphabet = alphabet_of(*task);
    const auto all = read_held_out(*task, 3);
    const GivenHeldOut given = given_held_out(*all, alphabet, task->interface());
    const nlohmann::json json{{"held_out", to_json(given)}};
    JsonReader reader(json, "", "a figure");
    const GivenHeldOut again = read_given_held_out(reader, "held_out");
    EXPECT_EQ(again, given);
    const auto numbers = numbers_of(again, alphabet, task->interface(), "mine");
    ASSERT_EQ(numbers->size(), all->size());
    for (std::size_t k = 0; k < all->size(); ++k) {
      EXPECT_EQ((*numbers)[k].tokens, (*all)[k].tokens);
      EXPECT_EQ((*numbers)[k].targets, (*all)[k].targets);
    }
  }
  const nlohmann::json wrong{{"held_out", {1}}};
  JsonReader reader(wrong, "", "a figure");
  EXPECT_NE(error_of([&] { read_given_held_out(reader, "held_out"); }).find("/held_out/0"),
            std::string::npos);
}

}  // namespace
}  // namespace gatescope::observe
