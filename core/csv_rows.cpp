#include "core/csv_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope {
namespace {

constexpr std::ptrdiff_t kMostColumns = 1024;

}  // namespace

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

CsvRows::CsvRows(std::string_view text, std::string_view origin, std::optional<char> separator, Quotes quotes)
    : text_(text), origin_(origin), separator_(separator.value_or(',')), quotes_(quotes) {
  if (separator) return;
  std::string_view first = text;
  if (const auto begin = text.find_first_not_of(" \t\r\n"); begin != text.npos) first.remove_prefix(begin);
  first = first.substr(0, first.find_first_of("\r\n"));
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    std::ptrdiff_t count = 0;
    bool quoted = false;
    for (const char c : first) {
      quoted ^= c == '"';
      count += !quoted && c == candidate;
    }
    if (count > most) most = count, separator_ = candidate;
  }
}

std::string CsvRows::quoted_field() {
  std::string field;
  const std::size_t began = line_;
  for (++at_;; ++at_) {
    if (at_ >= text_.size())
      fail("'{}', line {}: a quote is opened and never closed, expected another \"", origin_, began);
    if (text_[at_] == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
      ++at_;
    }
    line_ += text_[at_] == '\n';
    field += text_[at_];
  }
  ++at_;
  while (!ends_line() && text_[at_] != separator_) {
    if (text_[at_] != ' ')
      fail("'{}', line {}: {} stands behind a closed quote, expected {}", origin_, line_,
           in_quotes(text_.substr(at_, std::max<std::size_t>(1, utf8_length(text_.substr(at_))))),
           separator_ == '\t' ? std::string("a tab") : fmt::format("'{}'", separator_));
    ++at_;
  }
  return std::string(without_blanks(field));
}

CsvRow CsvRows::read() {
  CsvRow row;
  row.line = line_;
  for (;;) {
    while (!ends_line() && text_[at_] == ' ') ++at_;
    if (quotes_ == Quotes::around_fields && !ends_line() && text_[at_] == '"') {
      row.fields.push_back(quoted_field());
    } else {
      const std::size_t begin = at_;
      while (!ends_line() && text_[at_] != separator_) ++at_;
      row.fields.emplace_back(without_blanks(text_.substr(begin, at_ - begin)));
    }
    if (std::ssize(row.fields) > kMostColumns)
      fail("'{}', line {} has more than {} fields", origin_, line_, kMostColumns);
    if (ends_line()) break;
    ++at_;  // the separator
  }
  if (at_ < text_.size()) {
    const bool two = text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    at_ += two ? 2 : 1;
    ++line_;
  }
  return row;
}

}  // namespace gatescope
