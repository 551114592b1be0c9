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

}  // namespace gatescope
