#include "core/task/bracket_depth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.h"

namespace gatescope::task {
namespace {

using namespace std::string_view_literals;

std::vector<int> depths(std::u32string_view text) {
  std::vector<int> result;
  for (const BracketState& state : bracket_states(text)) result.push_back(state.depth);
  return result;
}

/// One digit a character: 1 inside a quote, 0 outside.
std::string quotes(std::u32string_view text) {
  std::string result;
  for (const BracketState& state : bracket_states(text)) result += state.in_quote ? '1' : '0';
  return result;
}

}  // namespace

TEST(BracketDepth, HasNoStatesForAnEmptyText) {
  EXPECT_TRUE(bracket_states(U"").empty());
}

TEST(BracketDepth, IsTheDepthAfterEachCharacter) {
  EXPECT_EQ(depths(U"a(b[c{d}])e"), (std::vector<int>{0, 1, 1, 2, 2, 3, 3, 2, 1, 0, 0}));
}

TEST(BracketDepth, DoesNotCountBracketsInsideAQuote) {
  EXPECT_EQ(depths(U"(\"[)\"]){"), (std::vector<int>{1, 1, 1, 1, 1, 1, 0, 1}));
}

TEST(BracketDepth, IsInsideAQuoteFromTheOpeningQuoteToBeforeTheClosingOne) {
  EXPECT_EQ(quotes(U"a\"b(\"c\"\""), "01110010");
}

TEST(BracketDepth, ResetsAtANewLine) {
  EXPECT_EQ(depths(U"([\n)("), (std::vector<int>{1, 2, 0, 0, 1}));
  EXPECT_EQ(quotes(U"\"a\n\"a"), "11011");
}

TEST(BracketDepth, ForgetsAtANewLineWhichBracketsWereOpen) {
  EXPECT_EQ(depths(U"[\n(])"), (std::vector<int>{1, 0, 1, 1, 0}));
}

TEST(BracketDepth, PassesOverAClosingBracketThatDoesNotMatch) {
  EXPECT_EQ(depths(U")(]})"), (std::vector<int>{0, 1, 1, 1, 0}));
}

TEST(BracketDepth, TakesOtherCharactersOfAnyScriptAsLetters) {
  EXPECT_EQ(depths(U"(\u00e9\u65e5\U0001f600\0)"sv), (std::vector<int>{1, 1, 1, 1, 1, 0}));
}

TEST(BracketDepth, EveryLineOfTheCorpusClosesWhatItOpensAndDeepLinesOccur) {
  const std::string bytes = read_file(GATESCOPE_SOURCE_DIR "/assets/corpora/brackets.txt");
  const std::u32string text(bytes.begin(), bytes.end());  // the corpus is ASCII
  ASSERT_FALSE(text.empty());
  ASSERT_EQ(text.back(), U'\n');

  const std::vector<BracketState> states = bracket_states(text);
  ASSERT_EQ(states.size(), text.size());
  int deepest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_LT(static_cast<unsigned char>(bytes[i]), 0x80) << "offset " << i;
    deepest = std::max(deepest, states[i].depth);
    if (text[i] != U'\n') continue;
    ASSERT_GT(i, 0u);
    ASSERT_NE(text[i - 1], U'\n') << "an empty line at offset " << i;
    EXPECT_EQ(states[i - 1], BracketState{}) << "the line that ends at offset " << i;
  }
  EXPECT_GE(deepest, 5);
  EXPECT_LE(deepest, 6);
}

}  // namespace gatescope::task
