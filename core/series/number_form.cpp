#include "core/series/number_form.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "core/csv_rows.h"
#include "core/number_from_chars.h"
#include "core/utf8.h"

namespace gatescope::series {
namespace {

using Decimal = NumberForm::Decimal;

bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A decimal number with a point.
std::optional<double> plain_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('+')) return std::nullopt;
  const char first = text.front() == '-' && text.size() > 1 ? text[1] : text.front();
  if (!is_decimal_digit(first) && first != '.') return std::nullopt;  // neither "inf" nor "nan"
  double number = 0;
  const auto [end, code] = number_from_chars(text.data(), text.data() + text.size(), number);
  if (code == std::errc::result_out_of_range) {
    const auto exponent = text.find_first_of("eE");
    const bool small = exponent != text.npos && text.substr(exponent + 1).starts_with('-');
    return small ? 0 : std::numeric_limits<double>::infinity();
  }
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Blanks and apostrophes of every kind as those of ASCII.
std::string in_ascii(std::string_view field) {
  if (is_ascii(field)) return std::string(field);
  constexpr std::array<std::pair<std::string_view, char>, 4> kSigns{
      {{"\xC2\xA0", ' '}, {"\xE2\x80\xAF", ' '}, {"\xE2\x80\x89", ' '}, {"\xE2\x80\x99", '\''}}};
  std::string text;
  while (!field.empty()) {
    const auto sign =
        std::ranges::find_if(kSigns, [&](const auto& each) { return field.starts_with(each.first); });
    text += sign == kSigns.end() ? field.front() : sign->second;
    field.remove_prefix(sign == kSigns.end() ? 1 : sign->first.size());
  }
  return text;
}

/// The number without the signs between its thousands; none where they stand elsewhere.
std::optional<std::string> without_groups(const std::string& text, char sign, char decimal) {
  const std::size_t begin = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::size_t end =
      std::min(text.size(), text.find_first_not_of(std::string("0123456789") + sign, begin));
  if (text.find(sign, end) != text.npos) return std::nullopt;
  const std::size_t first = std::min(end, text.find(sign, begin));
  if (first < end) {
    if (first == begin || first - begin > 3 || text[begin] == '0') return std::nullopt;
    for (std::size_t at = first; at < end; at += 4) {
      if (text[at] != sign || end - at < 4) return std::nullopt;
      if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                       text.begin() + static_cast<std::ptrdiff_t>(at) + 4, is_decimal_digit))
        return std::nullopt;
    }
  }
  std::string plain = text;
  std::erase(plain, sign);
  if (decimal == ',') {
    if (plain.find('.') != plain.npos || std::ranges::count(plain, ',') > 1) return std::nullopt;
    std::ranges::replace(plain, ',', '.');
  }
  return plain;
}

}  // namespace

std::optional<double> number_in(const NumberForm& form, std::string_view field) {
  if (form.percent) {
    if (!field.ends_with('%')) return std::nullopt;
    field = without_blanks(field.substr(0, field.size() - 1));
  }
  if (form.groups == 0) {
    if (form.decimal == Decimal::point) return plain_number(field);
    if (form.decimal == Decimal::comma && field.find('.') != field.npos) return std::nullopt;
    return plain_number(with_decimal_point(std::string(field)));
  }
  const std::optional<std::string> plain =
      without_groups(in_ascii(field), form.groups, form.decimal == Decimal::comma ? ',' : '.');
  return plain ? plain_number(*plain) : std::nullopt;
}

NumberForm number_form_of(std::span<const std::string_view> fields, bool of_commas) {
  std::vector<NumberForm> forms{{of_commas ? Decimal::point : Decimal::either}};
  for (const NumberForm& form :
       {NumberForm{Decimal::point, ','}, NumberForm{Decimal::comma, '.'}, NumberForm{Decimal::point, ' '},
        NumberForm{Decimal::comma, ' '}, NumberForm{Decimal::point, '\''}, NumberForm{Decimal::comma, '\''},
        NumberForm{Decimal::comma}})
    forms.push_back(form);
  NumberForm best = forms.front();
  std::ptrdiff_t most = 0;
  for (NumberForm form : forms)
    for (const bool percent : {false, true}) {
      form.percent = percent;
      const std::ptrdiff_t count = std::ranges::count_if(
          fields, [&](std::string_view field) { return number_in(form, field).has_value(); });
      if (count > most) most = count, best = form;
      if (count == std::ssize(fields)) return best;
    }
  return best;
}

}  // namespace gatescope::series
