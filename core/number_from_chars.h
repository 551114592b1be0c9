#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <version>

namespace gatescope {

/// std::from_chars for decimal numbers, with floating point also where the standard library has none (libc++
/// before 20): the longest beginning that is a number, without blanks or a plus before it, whatever the
/// locale. `number` stays as it was where none begins there, or where it is out of range.
template <std::integral N>
std::from_chars_result number_from_chars(const char* first, const char* last, N& number) {
  return std::from_chars(first, last, number);
}
std::from_chars_result number_from_chars(const char* first, const char* last, double& number);
std::from_chars_result number_from_chars(const char* first, const char* last, float& number);

/// The whole text as a number; none where it is anything else, or out of range.
template <class N>
std::optional<N> read_number(std::string_view text) {
  N number{};
  const auto [end, code] = number_from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

/// A number with a decimal comma as one with a point: a comma that stands alone, where there is no point.
std::string with_decimal_point(std::string text);

/// Whether a text is a number and nothing else.
bool is_number(std::string_view text);

/// What stands in for std::from_chars where that is missing; the same results.
std::from_chars_result number_from_chars_by_hand(const char* first, const char* last, double& number);

}  // namespace gatescope
