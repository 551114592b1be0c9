#include "core/task/char_text.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace gatescope::task {
namespace {

std::u32string counting(std::size_t size) {
  std::u32string text;
  for (std::size_t k = 0; k < size; ++k) text.push_back(static_cast<char32_t>(U'!' + k));
  return text;
}

TEST(CharText, ReadsStreamsSideBySideAndCarriesOn) {
  const CharText task(counting(60), {.batch = 2, .steps = 5, .held_out = 0}, "test");
  Batch batch;
  task.training_batch(0, batch);
  EXPECT_FALSE(batch.continues);
  ASSERT_EQ(batch.tokens.size(), 10u);
  EXPECT_EQ(batch.tokens[0], 0);
  EXPECT_EQ(batch.tokens[1], 30);
  EXPECT_EQ(batch.tokens[2], 1);
  EXPECT_EQ(batch.classes[0], 1);
  EXPECT_EQ(batch.classes[9], 35);
  task.training_batch(1, batch);
  EXPECT_TRUE(batch.continues);
  EXPECT_EQ(batch.tokens[0], 5);
  task.training_batch(5, batch);  // a stream of 30 holds five windows of 5 and a target
  EXPECT_FALSE(batch.continues);
  EXPECT_EQ(batch.tokens[0], 0);
}

TEST(CharText, HoldsOutTheEndAndReadsItWhole) {
  const CharText task(counting(100), {.batch = 2, .steps = 4, .held_out = 0.2}, "test");
  Batch batch;
  for (int u = 0; u < 50; ++u) {
    task.training_batch(static_cast<std::uint64_t>(u), batch);
    for (const int c : batch.classes) EXPECT_LT(c, 80);
  }
  Index scored = 0;
  for (Index n = 0; n < task.held_out_batches(); ++n) {
    task.held_out_batch(n, batch);
    EXPECT_EQ(batch.continues, n > 0);
    for (const int c : batch.tokens) EXPECT_GE(c, 80);
    scored += batch.scored_steps();
  }
  EXPECT_EQ(scored, 2 * 9);
}

TEST(CharText, ReadsAShortTextInOverlappingWindows) {
  for (std::size_t size = 2; size < 40; ++size) {
    const CharText task(counting(size), {.batch = 7, .steps = 16, .held_out = 0.1}, "test");
    Batch batch;
    task.training_batch(3, batch);
    EXPECT_EQ(batch.tokens.size(), static_cast<std::size_t>(batch.steps * batch.size));
    for (std::size_t k = 0; k < batch.tokens.size(); ++k) EXPECT_EQ(batch.tokens[k] + 1, batch.classes[k]);
  }
}

TEST(CharText, RefusesATextShorterThanTwoCharacters) {
  for (const std::u32string text : {U"", U"x"}) {
    try {
      CharText(text, {}, "short.txt");
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("short.txt"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("expected 2 or more"), std::string::npos);
    }
  }
}

TEST(CharText, NumbersItsCharactersInTheOrderOfCodePoints) {
  const CharText task(U"né\nab", {.batch = 1, .steps = 1}, "test");
  EXPECT_EQ(task.vocabulary(), (std::vector<std::string>{"\n", "a", "b", "n", "é"}));
}

}  // namespace
}  // namespace gatescope::task
