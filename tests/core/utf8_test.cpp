#include "core/utf8.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/error_of.h"

namespace gatescope {
namespace {

std::u32string strict(std::string_view bytes) {
  return decode_utf8(bytes, InvalidUtf8::error, "a.txt");
}
std::u32string lenient(std::string_view bytes) {
  return decode_utf8(bytes, InvalidUtf8::replace, "a.txt");
}

std::string error_of_utf8(std::string_view bytes) {
  return gatescope::error_of([&] { strict(bytes); });
}

TEST(Utf8, ReadsTheFirstAndLastCharacterOfEveryLength) {
  const std::u32string text = {0x00, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
  const std::string bytes(
      "\x00\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF"
      "\xBF",
      26);
  EXPECT_EQ(strict(bytes), text);
  EXPECT_EQ(lenient(bytes), text);
  EXPECT_EQ(encode_utf8(text), bytes);
}

TEST(Utf8, ReadsBackEveryCharacterItWrites) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::u32string text = {U'a', c};  // not in front, where U+FEFF is a byte order mark
    ASSERT_EQ(strict(encode_utf8(text)), text) << static_cast<unsigned>(c);
  }
}

TEST(Utf8, SkipsOnlyALeadingByteOrderMark) {
  EXPECT_EQ(strict("\xEF\xBB\xBF"
                   "ab"),
            U"ab");
  EXPECT_EQ(strict("a\xEF\xBB\xBF"), U"a\uFEFF");
  EXPECT_EQ(strict("\xEF\xBB\xBF\xEF\xBB\xBF"), U"\uFEFF");
  EXPECT_EQ(strict(""), U"");
}

TEST(Utf8, ErrorNamesOriginOffsetByteAndTheWayOut) {
  EXPECT_EQ(error_of_utf8("abc\xFFz"),
            "'a.txt': the byte 0xFF at offset 3 is not valid UTF-8: convert the text to UTF-8, or put U+FFFD "
            "in the "
            "place of invalid bytes with --invalid replace");
}

TEST(Utf8, ErrorCountsTheByteOrderMarkInTheOffset) {
  EXPECT_NE(error_of_utf8("\xEF\xBB\xBF\x80").find("0x80 at offset 3"), std::string::npos);
}

TEST(Utf8, RejectsOverlongFormsSurrogatesAndWhatIsTooLarge) {
  for (const std::string_view bytes :
       {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\x80", "\xBF",
        "\xC3", "\xC3(", "\xE2\x82", "\xE2(\xA1", "\xF0\x9F\x98"}) {
    EXPECT_NE(error_of_utf8(bytes).find("at offset 0 is not valid UTF-8"), std::string::npos)
        << testing::PrintToString(bytes) << error_of_utf8(bytes);
  }
}

// The examples of the Unicode Standard, section 3.9, tables 3-8 to 3-11.
TEST(Utf8, ReplacesEachMaximalSubpartOnce) {
  EXPECT_EQ(lenient("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  EXPECT_EQ(lenient("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"),
            U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  EXPECT_EQ(lenient("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB");
  EXPECT_EQ(lenient("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), U"\uFFFD\uFFFD\uFFFD\uFFFDA");
}

TEST(Utf8, ReplacesACharacterThatTheEndCutsOffOnce) {
  EXPECT_EQ(lenient("a\xF0\x9F\x98"), U"a\uFFFD");
}

TEST(Utf8, RefusesToWriteSurrogatesAndWhatIsTooLarge) {
  try {
    encode_utf8(std::u32string{U'a', 0xD800});
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "character 1 of the text is U+D800, expected one up to U+10FFFF that is no surrogate");
  }
  EXPECT_THROW(encode_utf8(std::u32string{0x110000}), Error);
}

TEST(DisplayCharacter, ShowsWhitespaceAndControlCharacters) {
  EXPECT_EQ(display_character(U'\n'), "⏎");
  EXPECT_EQ(display_character(U'\t'), "⇥");
  EXPECT_EQ(display_character(U' '), "␣");
  EXPECT_EQ(display_character(0xA0), "⍽");
  EXPECT_EQ(display_character(0), "␀");
  EXPECT_EQ(display_character(U'\r'), "␍");
  EXPECT_EQ(display_character(0x1F), "␟");
  EXPECT_EQ(display_character(0x7F), "␡");
}

TEST(AllCharacters, OfAnyBytesKeepTheMarkAndReplaceWhatIsNoUtf8) {
  EXPECT_EQ(all_characters("h\xC3\xA9 \xF0\x9F\x99\x82"), U"h\u00E9 \U0001F642");
  EXPECT_EQ(all_characters("\xEF\xBB\xBF"
                           "a\xEF\xBB\xBF"),
            U"\uFEFFa\uFEFF");
  EXPECT_EQ(all_characters("a\xFFz\xE4\xB8"), U"a\uFFFDz\uFFFD");
  EXPECT_EQ(all_characters(""), U"");
}

TEST(Noncharacters, AreTheLastTwoOfEveryPlaneAndABlockOfThirtyTwo) {
  for (const char32_t c : {0xFFFEu, 0xFFFFu, 0x1FFFEu, 0x10FFFFu, 0xFDD0u, 0xFDEFu})
    EXPECT_TRUE(is_noncharacter(c));
  for (const char32_t c : {0x41u, 0xFFFDu, 0xFDCFu, 0xFDF0u, 0x1F642u}) EXPECT_FALSE(is_noncharacter(c));
}

TEST(DisplayCharacter, ShowsOrdinaryCharactersAsTheyAre) {
  EXPECT_EQ(display_character(U'a'), "a");
  EXPECT_EQ(display_character(U'é'), "é");
  EXPECT_EQ(display_character(U'日'), "日");
  EXPECT_EQ(display_character(0x1F600), "😀");
}

TEST(DisplayCharacter, ShowsCombiningMarksOnACircleAndNamesWhatHasNoShape) {
  EXPECT_EQ(display_character(0x301), "\u25CC\u0301");
  EXPECT_EQ(display_character(0x85), "U+0085");
  EXPECT_EQ(display_character(0x200B), "U+200B");
  EXPECT_EQ(display_character(0xFEFF), "U+FEFF");
  EXPECT_EQ(display_character(0xD800), "U+D800");
  EXPECT_EQ(display_character(0x110000), "U+110000");
}

TEST(DisplayText, ShowsWhatWouldMoveOrHideTheRest) {
  EXPECT_EQ(display_text("a b\n\tc\r\x7f"), "a␣b⏎⇥c␍␡");
  EXPECT_EQ(display_text("for all\n", " "), "for all⏎");
  EXPECT_EQ(display_text("é日😀"), "é日😀");
  EXPECT_EQ(display_text(""), "");
}

}  // namespace
}  // namespace gatescope
