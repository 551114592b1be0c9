#include "core/number_from_chars.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace gatescope {
namespace {

/// What is read by hand is what the standard library reads: value, rest and error.
TEST(NumberFromChars, ReadsByHandWhatTheStandardLibraryReads) {
#ifndef __cpp_lib_to_chars
  GTEST_SKIP() << "this standard library reads no floating point";
#else
  for (const std::string_view text : {"0",
                                      "-0",
                                      "1",
                                      "-1.5",
                                      "1.",
                                      ".5",
                                      "-.5",
                                      "1e3",
                                      "1E+3",
                                      "1e-3",
                                      "1e",
                                      "1e+",
                                      "1.5e2x",
                                      "12 34",
                                      "0x10",
                                      "+1",
                                      " 1",
                                      "",
                                      "-",
                                      ".",
                                      "-.",
                                      "e5",
                                      "1e400",
                                      "-1e400",
                                      "1e-400",
                                      "0e400",
                                      "0.0e-999",
                                      "4.9e-324",
                                      "2e-324",
                                      "1.7976931348623157e308",
                                      "1.7976931348623159e308",
                                      "0.1",
                                      "3.14159265358979323846264338327950288",
                                      "123456789012345678901234567890",
                                      "inf",
                                      "INF",
                                      "-inf",
                                      "infinity",
                                      "infinit",
                                      "nan",
                                      "-NaN",
                                      "nanx",
                                      "1,5",
                                      "1..2",
                                      "--1",
                                      "9007199254740993"}) {
    double expected = 42, actual = 42;
    const char *first = text.data(), *last = first + text.size();
    const auto standard = std::from_chars(first, last, expected);
    const auto hand = number_from_chars_by_hand(first, last, actual);
    EXPECT_EQ(hand.ec, standard.ec) << "'" << text << "'";
    EXPECT_EQ(hand.ptr - first, standard.ptr - first) << "'" << text << "'";
    EXPECT_EQ(std::bit_cast<std::uint64_t>(actual), std::bit_cast<std::uint64_t>(expected))
        << "'" << text << "'";
  }
#endif
}

TEST(NumberFromChars, LeavesTheNumberWhereNoneBegins) {
  const std::string text = "many";
  double number = 7;
  EXPECT_EQ(number_from_chars(text.data(), text.data() + text.size(), number).ec,
            std::errc::invalid_argument);
  EXPECT_EQ(number, 7);
}

}  // namespace
}  // namespace gatescope
