#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// A line of a table, its fields without quotes and the blanks about them.
struct CsvRow {
  std::size_t line = 0;  // from 1
  std::vector<std::string> fields;
};

std::string_view without_blanks(std::string_view text);

/// What quotes in a table mean: a field between them is one whatever stands in it (RFC 4180), or they are
/// characters like others.
enum class Quotes { around_fields, ordinary };

/// Cuts a table in text (RFC 4180) into rows: fields stand apart by commas, semicolons or tabs, whichever the
/// first line has most of outside of quotes where nobody says; they may stand in quotes, unless these are
/// ordinary.
class CsvRows {
 public:
  /// Both outlive it.
  CsvRows(std::string_view text, std::string_view origin, std::optional<char> separator = {},
          Quotes quotes = Quotes::around_fields);

  char separator() const { return separator_; }

  /// None after the last. Throws Error that names the origin and line for a quote that is never closed, what
  /// stands behind one, and more than 1,024 fields.
  std::optional<CsvRow> next() { return at_ < text_.size() ? std::optional(read()) : std::nullopt; }

 private:
  bool ends_line() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  std::string quoted_field();
  CsvRow read();

  std::string_view text_, origin_;
  char separator_ = ',';
  Quotes quotes_;
  std::size_t at_ = 0, line_ = 1;
};

}  // namespace gatescope
