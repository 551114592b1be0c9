#include "core/series/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>

#include "core/capitalised.h"
#include "core/csv_rows.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/series/number_form.h"
#include "core/utf8.h"

namespace gatescope::series {
namespace {

constexpr double kLargest = 1e30;  // more is no observation
constexpr std::array<std::string_view, 10> kMissing{"",     "na",  "n/a", "nan", "null",
                                                    "none", "nil", "-",   "?",   "."};
constexpr std::array<std::string_view, 12> kTimes{"",     "time",  "date", "year", "month", "day",
                                                  "hour", "index", "t",    "step", "row",   "week"};

bool is_missing(std::string_view field) {
  return std::ranges::find(kMissing, in_small_letters(field)) != kMissing.end();
}

class Table {
 public:
  Table(std::string_view bytes, std::string_view origin) : origin_(origin) {
    const std::string text = encode_utf8(decode_utf8(bytes, InvalidUtf8::error, origin));
    if (text.find('\0') != text.npos)
      fail("'{}' has a zero byte, expected a table of numbers in text", origin);
    CsvRows rows_of_text(text, origin);
    of_commas_ = rows_of_text.separator() == ',';
    std::vector<CsvRow> blank;  // of one column a gap, where something follows
    while (std::optional<CsvRow> row = rows_of_text.next()) {
      if (row->fields.size() == 1 && row->fields.front().empty()) {
        if (!rows_.empty() && rows_.front().fields.size() == 1) blank.push_back(std::move(*row));
        continue;
      }
      rows_.insert(rows_.end(), std::move_iterator(blank.begin()), std::move_iterator(blank.end()));
      blank.clear();
      if (!rows_.empty() && row->fields.size() != rows_.front().fields.size()) {
        fail("'{}', line {} has {}, expected {} as in line {}", origin_, row->line,
             count_of(row->fields.size(), "field"), rows_.front().fields.size(), rows_.front().line);
      }
      rows_.push_back(std::move(*row));
    }
    if (rows_.empty()) fail("'{}' is empty, expected a table of numbers", origin);
    const std::vector<std::string>& first = rows_.front().fields;
    for (std::size_t c = 0; c < first.size(); ++c) forms_.push_back(form_of(c));
    const bool named = std::ranges::any_of(first, [](const std::string& f) { return !is_missing(f); }) &&
                       !first_has_numbers();
    for (std::size_t c = 0; c < first.size(); ++c)
      names_.push_back(named && !first[c].empty() ? first[c] : fmt::format("column {}", c + 1));
    if (named) {
      first_name_ = first.front();
      rows_.erase(rows_.begin());
    }
    if (rows_.empty()) fail("'{}' has names of columns and no rows, expected numbers below them", origin);
  }

  Series take(std::span<const std::string> columns, std::span<const std::string> given, bool keeps_counting) {
    Series series;
    const bool timed = has_times();
    std::vector<std::size_t> taken;
    if (columns.empty()) {
      for (std::size_t c = timed ? 1 : 0; c < names_.size(); ++c) {
        if (has_numbers(c))
          taken.push_back(c);
        else
          series.notes.push_back(
              fmt::format("{}: column {} has no numbers and is left out", origin_, in_quotes(names_[c])));
      }
      if (!keeps_counting) leave_counting_out(taken, given, series.notes);
    } else {
      for (const std::string& name : columns) {
        if (std::ranges::find(taken, find(name)) != taken.end())
          fail("'{}': the column {} is taken twice", origin_, in_quotes(name));
        taken.push_back(find(name));
      }
    }
    if (taken.empty()) fail("'{}' has no column of numbers", origin_);
    if (!first_name_)
      series.notes.push_back(
          fmt::format("{}: its first line has numbers, so that its columns have no names", origin_));
    for (const std::size_t c : taken) {
      series.columns.push_back(names_[c]);
      say_form(c, series.notes);
    }
    series.given.assign(taken.size(), 0);
    for (const std::string& name : given) {
      const auto at = std::ranges::find(taken, find(name));
      if (at == taken.end())
        fail("'{}': the column {} is known in advance but is not taken", origin_, in_quotes(name));
      series.given[static_cast<std::size_t>(at - taken.begin())] = 1;
    }
    if (std::ranges::count(series.given, 0) == 0)
      fail("'{}': every column is known in advance, expected one to forecast", origin_);
    if (timed && goes_down()) {
      std::ranges::reverse(rows_);
      series.notes.push_back(fmt::format("{}: its newest row came first; it is turned round", origin_));
    }
    for (const CsvRow& row : rows_) {
      if (timed) series.times.push_back(is_missing(row.fields.front()) ? "" : row.fields.front());
      for (const std::size_t c : taken) series.values.push_back(value(row, c));
    }
    for (std::size_t k = 0; k < taken.size(); ++k) {
      if (std::ranges::all_of(rows_, [&](const CsvRow& row) { return is_missing(row.fields[taken[k]]); }))
        fail("'{}': the column {} has no numbers", origin_, in_quotes(series.columns[k]));
    }
    series.spacing = TimeSpacing::of(series.times);
    say_missing(series);
    return series;
  }

 private:
  static std::string count_of(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  }

  std::optional<double> number(std::size_t c, const std::string& field) const {
    return number_in(forms_[c], field);
  }

  /// The form of a column's numbers, below the first row, which may have its name.
  NumberForm form_of(std::size_t c) const {
    std::vector<std::string_view> fields;
    for (std::size_t r = rows_.size() > 1 ? 1 : 0; r < rows_.size(); ++r)
      if (!is_missing(rows_[r].fields[c])) fields.push_back(rows_[r].fields[c]);
    return number_form_of(fields, of_commas_);
  }

  /// Whether a field of the first row is a number as those below it are.
  bool first_has_numbers() const {
    for (std::size_t c = 0; c < forms_.size(); ++c)
      if (const std::string& field = rows_.front().fields[c];
          number(c, field) || number_in(number_form_of({}, of_commas_), field))
        return true;
    return false;
  }

  bool has_numbers(std::size_t c) const {
    return std::ranges::any_of(rows_,
                               [&](const CsvRow& row) { return number(c, row.fields[c]).has_value(); });
  }

  /// Whether a column says nothing but 0, 1, 2, ... or 1, 2, 3, ...
  bool counts_rows(std::size_t c) const {
    constexpr std::size_t kFewest = 3;  // fewer may be anything
    const std::optional<double> first = number(c, rows_.front().fields[c]);
    if (rows_.size() < kFewest || !first || (*first != 0 && *first != 1)) return false;
    for (std::size_t r = 0; r < rows_.size(); ++r)
      if (number(c, rows_[r].fields[c]) != *first + static_cast<double>(r)) return false;
    return true;
  }

  /// Nobody forecasts the number of a row, where there is something else to forecast. One that is given is
  /// not forecast.
  void leave_counting_out(std::vector<std::size_t>& taken, std::span<const std::string> given,
                          std::vector<std::string>& notes) const {
    std::vector<std::size_t> kept;
    for (const std::size_t c : taken)
      if (std::ranges::find(given, names_[c]) != given.end() || !counts_rows(c)) kept.push_back(c);
    if (kept.empty()) return;
    for (const std::size_t c : taken)
      if (std::ranges::find(kept, c) == kept.end())
        notes.push_back(
            fmt::format("{}: column {} only counts the rows and is left out", origin_, in_quotes(names_[c])));
    taken = std::move(kept);
  }

  /// What is assumed of how a column's numbers are written.
  void say_form(std::size_t c, std::vector<std::string>& notes) const {
    const NumberForm& form = forms_[c];
    const auto say = [&](std::string_view what) {
      notes.push_back(fmt::format("{}: column {} {}", origin_, in_quotes(names_[c]), what));
    };
    if (form.percent) say("is in percent: 5% is the number 5");
    if (form.groups != 0) say(fmt::format("has '{}' between its thousands", form.groups));
    if (form.decimal == NumberForm::Decimal::comma) say("has decimal commas");
    if (form.decimal != NumberForm::Decimal::either || form.groups != 0) return;
    for (const char sign : {',', '.'})
      if (could_be_thousands(c, sign))
        say(fmt::format("could have '{0}' between its thousands; 1{0}234 is read as 1.234", sign));
  }

  /// Whether every sign in a column, of which there are some, could stand between thousands.
  bool could_be_thousands(std::size_t c, char sign) const {
    const NumberForm form{sign == ',' ? NumberForm::Decimal::point : NumberForm::Decimal::comma, sign};
    bool any = false;
    for (const CsvRow& row : rows_) {
      const std::string& field = row.fields[c];
      if (is_missing(field)) continue;
      any = any || field.find(sign) != field.npos;
      if (!number_in(form, field)) return false;
    }
    return any;
  }

  /// Whether the first column says when, not what.
  bool has_times() const {
    if (names_.size() < 2) return false;
    const bool by_name =
        first_name_ && std::ranges::find(kTimes, in_small_letters(*first_name_)) != kTimes.end();
    bool texts = false;
    std::vector<double> numbers;
    for (const CsvRow& row : rows_) {
      const std::string& field = row.fields.front();
      if (is_missing(field)) continue;
      if (const auto read = number(0, field))
        numbers.push_back(*read);
      else
        texts = true;
    }
    if (numbers.empty()) return texts;
    // Numbers without a name, or with another one, are data, however regular.
    return by_name &&
           (texts || std::ranges::is_sorted(numbers) || std::ranges::is_sorted(numbers, std::greater()));
  }

  /// Whether times are numbers, or dates with their year first or third, and go down.
  bool goes_down() const {
    using Key = std::vector<double>;
    std::vector<Key> keys;
    bool dates = true;
    for (const CsvRow& row : rows_) {
      const std::string& field = row.fields.front();
      Key& key = keys.emplace_back();
      if (const auto read = number(0, field)) {
        key = {*read};
        dates = false;
      } else {
        key = groups_of(field);
      }
      if (key.empty()) return false;
    }
    bool up = false, down = false;
    // year-month-day, day.month.year, month/day/year.
    for (const std::array<std::size_t, 3>& order :
         {std::array<std::size_t, 3>{0, 1, 2}, {2, 1, 0}, {2, 0, 1}}) {
      std::vector<Key> sorted = keys;
      bool fits = true;
      for (std::size_t k = 0; dates && k < keys.size(); ++k) {
        const Key& key = keys[k];
        fits = fits && order[0] < key.size() && key[order[0]] >= 1000;
        for (std::size_t n = 0; fits && n < std::min<std::size_t>(3, key.size()); ++n)
          if (order[n] < key.size()) sorted[k][n] = key[order[n]];
      }
      if (!fits) continue;
      up = up || std::ranges::is_sorted(sorted);
      down = down || (std::ranges::is_sorted(sorted, std::greater()) && sorted.front() > sorted.back());
    }
    return down && !up;
  }

  /// The whole numbers in a date: 31, 12 and 2009 of "31.12.2009". None of a text that does not begin with
  /// one.
  static std::vector<double> groups_of(std::string_view field) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::vector<double> groups;
    if (field.empty() || !is_digit(field.front())) return groups;
    for (std::size_t k = 0; k < field.size(); ++k) {
      if (!is_digit(field[k])) continue;
      if (k == 0 || !is_digit(field[k - 1])) groups.push_back(0);
      groups.back() = 10 * groups.back() + (field[k] - '0');
    }
    return groups;
  }

  std::size_t find(const std::string& name) const {
    const auto at = std::ranges::find(names_, name);
    if (at == names_.end())
      fail("'{}' has no column {}, expected one of {}", origin_, in_quotes(name),
           in_quotes(fmt::format("{}", fmt::join(names_, ", ")), 200));
    if (std::ranges::count(names_, name) > 1)
      fail("'{}' has more than one column {}, expected another name for each", origin_, in_quotes(name));
    return static_cast<std::size_t>(at - names_.begin());
  }

  double value(const CsvRow& row, std::size_t c) const {
    const std::string& field = row.fields[c];
    if (is_missing(field)) return std::numeric_limits<double>::quiet_NaN();
    const std::optional<double> read = number(c, field);
    if (!read)
      fail("'{}', line {}: the column {} has {}, expected a number, or nothing where it is missing", origin_,
           row.line, in_quotes(names_[c]), in_quotes(field));
    if (!(std::abs(*read) <= kLargest))
      fail("'{}', line {}: the column {} has {}, expected a number within {:g} either way", origin_, row.line,
           in_quotes(names_[c]), in_quotes(field), kLargest);
    return *read;
  }

  /// How many, and where the first stand.
  void say_missing(Series& series) const {
    const Index missing = series.missing();
    if (missing == 0) return;
    constexpr std::size_t kNamed = 5;
    std::vector<std::string> where;
    for (Index r = 0; r < series.rows() && where.size() < kNamed; ++r)
      for (Index c = 0; c < series.width() && where.size() < kNamed; ++c)
        if (std::isnan(series.at(r, c)))
          where.push_back(fmt::format("line {}", rows_[static_cast<std::size_t>(r)].line));
    where.erase(std::unique(where.begin(), where.end()), where.end());
    series.notes.push_back(fmt::format(
        "{}: {} missing ({}{}); the last value before stands in, and is neither learnt nor measured", origin_,
        missing == 1 ? "1 value is" : fmt::format("{} values are", missing), fmt::join(where, ", "),
        missing > static_cast<Index>(where.size()) ? ", ..." : ""));
  }

  std::string_view origin_;
  bool of_commas_ = true;          // fields stand apart by commas
  std::vector<NumberForm> forms_;  // (C)
  std::vector<std::string> names_;
  std::optional<std::string> first_name_;  // of a table whose columns have names
  std::vector<CsvRow> rows_;
};

}  // namespace

Series parse_csv(std::string_view bytes, std::string_view origin, std::span<const std::string> columns,
                 std::span<const std::string> given, bool keeps_counting) {
  Series series = Table(bytes, origin).take(columns, given, keeps_counting);
  series.title = printable(std::filesystem::path(origin).filename().string());
  return series;
}

}  // namespace gatescope::series
