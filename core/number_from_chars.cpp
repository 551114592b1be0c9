#include "core/number_from_chars.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gatescope {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether a word of small letters begins there, in letters of either size.
bool begins_with(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t k = 0; k < word.size(); ++k)
    if ((text[k] | 0x20) != word[k]) return false;
  return true;
}

/// How many characters at the beginning are an unsigned decimal number with point and exponent; 0: none are.
std::size_t decimal_length(std::string_view text) {
  std::size_t at = 0, digits = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) ++digits;
  if (at < text.size() && text[at] == '.')
    for (++at; at < text.size() && is_digit(text[at]); ++at) ++digits;
  if (digits == 0) return 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (exponent < text.size() && is_digit(text[exponent])) {
      while (exponent < text.size() && is_digit(text[exponent])) ++exponent;
      at = exponent;
    }
  }
  return at;
}

}  // namespace

std::from_chars_result number_from_chars_by_hand(const char* first, const char* last, double& number) {
  std::string_view text(first, static_cast<std::size_t>(last - first));
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const double sign = negative ? -1 : 1;
  for (const auto& [word, value] :
       {std::pair{std::string_view("infinity"), HUGE_VAL}, std::pair{std::string_view("inf"), HUGE_VAL},
        std::pair{std::string_view("nan"), std::nan("")}}) {
    if (!begins_with(text, word)) continue;
    number = std::copysign(value, sign);
    return {text.data() + word.size(), std::errc{}};
  }
  const std::size_t length = decimal_length(text);
  if (length == 0) return {first, std::errc::invalid_argument};
  // The program keeps the C locale, in which strtod knows a point.
  const std::string digits(text.substr(0, length));
  const double value = std::strtod(digits.c_str(), nullptr);
  const bool zero =
      digits.substr(0, digits.find_first_of("eE")).find_first_of("123456789") == std::string::npos;
  if (std::isinf(value) || (value == 0 && !zero))
    return {text.data() + length, std::errc::result_out_of_range};
  number = std::copysign(value, sign);
  return {text.data() + length, std::errc{}};
}

std::from_chars_result number_from_chars(const char* first, const char* last, double& number) {
#ifdef __cpp_lib_to_chars
  return std::from_chars(first, last, number);
#else
  return number_from_chars_by_hand(first, last, number);
#endif
}

std::from_chars_result number_from_chars(const char* first, const char* last, float& number) {
#ifdef __cpp_lib_to_chars
  return std::from_chars(first, last, number);
#else
  double wide = 0;
  const std::from_chars_result read = number_from_chars_by_hand(first, last, wide);
  if (read.ec != std::errc{}) return read;
  const auto narrow = static_cast<float>(wide);
  if (std::isfinite(wide) && (!std::isfinite(narrow) || (narrow == 0 && wide != 0)))
    return {read.ptr, std::errc::result_out_of_range};
  number = narrow;
  return read;
#endif
}

std::string with_decimal_point(std::string text) {
  if (text.find('.') == text.npos && std::ranges::count(text, ',') == 1) *std::ranges::find(text, ',') = '.';
  return text;
}

bool is_number(std::string_view text) {
  double number = 0;
  return number_from_chars(text.data(), text.data() + text.size(), number).ptr == text.data() + text.size();
}

}  // namespace gatescope
