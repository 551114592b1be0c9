#include "app/type/script_runs.h"

#include <gtest/gtest.h>

#include <string>

namespace gatescope::app {
namespace {

/// The line as it stands on the page, from the left.
std::u32string on_page(std::u32string_view line) {
  std::u32string out;
  for (const ScriptRun& run : script_runs(line)) {
    std::u32string part(line.substr(run.begin, run.end - run.begin));
    if (run.right_to_left) part.assign(part.rbegin(), part.rend());
    out += part;
  }
  return out;
}

}  // namespace

TEST(ScriptRuns, LeaveTextOfTheLeftAsItIs) {
  EXPECT_EQ(on_page(U"gates, 1.5 日本語 и ещё"), U"gates, 1.5 日本語 и ещё");
  EXPECT_TRUE(script_runs(U"").empty());
  EXPECT_EQ(script_runs(U"f = 1, (x)").size(), 1u);
}

TEST(ScriptRuns, TurnTextOfTheRight) {
  EXPECT_EQ(on_page(U"אבג"), U"גבא");
  EXPECT_EQ(on_page(U"אב גד"), U"דג בא");
  EXPECT_EQ(on_page(U"cell אב גד end"), U"cell דג בא end");
}

TEST(ScriptRuns, TakeTheDirectionOfTheFirstLetter) {
  EXPECT_EQ(on_page(U"אב cd!"), U"!cd בא");
  EXPECT_EQ(on_page(U"cd אב!"), U"cd בא!");
  EXPECT_EQ(on_page(U"1 אב"), U"בא 1");
}

TEST(ScriptRuns, KeepNumbersAsTheyAreWritten) {
  EXPECT_EQ(on_page(U"אב 123 גד"), U"דג 123 בא");
  EXPECT_EQ(on_page(U"אב 1.5"), U"1.5 בא");
}

TEST(ScriptRuns, CountMarksToTheirLetters) {
  const auto runs = script_runs(U"e\u0301 नि");
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].script, HB_SCRIPT_LATIN);
  EXPECT_EQ(runs[1].script, HB_SCRIPT_DEVANAGARI);
  EXPECT_EQ(runs[1].end - runs[1].begin, 2u);
  EXPECT_TRUE(is_mark(0x0301));
  EXPECT_TRUE(is_mark(0x093F));
  EXPECT_FALSE(is_mark(U'a'));
}

TEST(ScriptRuns, TellWhatHasToBeShaped) {
  for (const char32_t c :
       {U'ש', U'ع', U'ह', U'ท', U'\u0301', U'\u1100', U'\u200D', U'\uFE0F', U'\U0001F1E9', U'\U0001F3FD'})
    EXPECT_TRUE(needs_shaping(c)) << std::hex << static_cast<unsigned>(c);
  for (const char32_t c :
       {U'a', U' ', U'ß', U'π', U'ж', U'日', U'あ', U'한', U'😀', U'≈', U'ₜ', U'\uE000', U'\uFFFE', U'\t'})
    EXPECT_FALSE(needs_shaping(c)) << std::hex << static_cast<unsigned>(c);
}

}  // namespace gatescope::app
