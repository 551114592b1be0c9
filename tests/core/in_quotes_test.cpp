#include "core/in_quotes.h"

#include <gtest/gtest.h>

namespace gatescope {

TEST(InQuotes, KeepsEverythingOnOneLine) {
  EXPECT_EQ(in_quotes("a\nb\"c\x01"), R"("a\nb\"c\u0001")");
}

TEST(InQuotes, ReplacesInvalidUtf8) {
  EXPECT_EQ(in_quotes("a\xFF"), "\"a\uFFFD\"");
}

TEST(InQuotes, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(in_quotes("abcdef", 3), "\"abc...\"");
  EXPECT_EQ(in_quotes("abcdef", 6), "\"abcdef\"");
  EXPECT_EQ(in_quotes("ab\u20AC!", 4), "\"ab...\"");
}

TEST(Printable, TakesATerminalsPowerAway) {
  EXPECT_EQ(printable("\x1b[31mred\x07\x7f"), "\\u001b[31mred\\u0007\\u007f");
  EXPECT_EQ(printable("a\tb\r\nc"), "a\\tb\\r\\nc");
  EXPECT_EQ(printable("\u009b1m \u202e \u2028 \ufeff"), "\\u009b1m \\u202e \\u2028 \\ufeff");
  EXPECT_EQ(printable("caf\xe9 \xc0\xaf"), "caf\\xe9 \\xc0\\xaf");
  EXPECT_EQ(printable("κόσμε 世界 🙂 \"'\\"), "κόσμε 世界 🙂 \"'\\");
}

TEST(Utf8Length, KnowsEveryCharacterAndNothingElse) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("a"), 1u);
  EXPECT_EQ(utf8_length("é"), 2u);
  EXPECT_EQ(utf8_length("€"), 3u);
  EXPECT_EQ(utf8_length("🙂"), 4u);
  for (const char* bytes : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xff", "\xe2\x82"})
    EXPECT_EQ(utf8_length(bytes), 0u) << printable(bytes);
}

}  // namespace gatescope
