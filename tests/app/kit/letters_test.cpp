#include "app/kit/letters.h"

#include <gtest/gtest.h>

#include "core/utf8.h"

namespace gatescope::ui {

TEST(StandIns, HideWhatImGuiCannotHoldAndShowItAgain) {
  StandIns narrow(0xFFFF);
  for (const std::string text : {"", "plain", "ünï 日本", "a😀b🚀😀", "\uE000 private \uF8FF", "ꀀꀁ Yi ꒌ",
                                 "😀ꀀ", "\U0010FFFF\uFFFE", "\uFEFFmark"}) {
    const std::string hidden = narrow.hide(text);
    for (const char32_t c : decode_utf8(hidden, InvalidUtf8::error, "hidden")) EXPECT_LE(c, 0xFFFFu);
    EXPECT_EQ(narrow.show(hidden), text);
    EXPECT_EQ(narrow.hide(text), hidden) << "the same stand-ins every time";
  }
  EXPECT_NE(narrow.hide("ꀀ"), narrow.hide("😀"));
}

TEST(StandIns, AreNotNeededWhereImGuiHoldsAll) {
  StandIns wide(0x10FFFF);
  EXPECT_EQ(wide.hide("a😀日"), "a😀日");
  EXPECT_EQ(wide.show(wide.hide("a😀ꀀ\uE000")), "a😀ꀀ\uE000");
}

TEST(StandIns, EndAfterAsManyAsThereAre) {
  StandIns narrow(0xFFFF);
  for (char32_t c = 0x20000; c < 0x20000 + 1165; ++c) ASSERT_EQ(narrow.show(narrow.hide(c)), c);
  EXPECT_EQ(narrow.hide(char32_t{0x30000}), 0xFFFDu);
  EXPECT_EQ(narrow.show(narrow.hide(char32_t{0x20000})), 0x20000u) << "the first ones stay";
}

TEST(StandIns, KeepWhatSeparatesWordsInPastedText) {
  StandIns narrow(0xFFFF), wide(0x10FFFF);
  EXPECT_EQ(narrow.show(narrow.pasted("a\tb\rc\r\nd\ve\u2028f", true)), "a\tb\nc\nd\ne\nf");
  EXPECT_EQ(narrow.pasted("a\tb\rc\r\nd\ve\u2028f", false), "a b c d e f");
  EXPECT_EQ(wide.show(wide.pasted("a\tb\rc", true)), "a\tb\nc");
  EXPECT_EQ(narrow.show(narrow.pasted("😀\t🚀", true)), "😀\t🚀");
  EXPECT_EQ(narrow.pasted("a\tb", true).find('\t'), std::string::npos) << "ImGui would drop it";
}

}  // namespace gatescope::ui
