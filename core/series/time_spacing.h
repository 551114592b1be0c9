#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/math/types.h"

namespace gatescope::series {

/// How the times of a series go on: by what they are apart, in the form in which they are written.
///
///     1949                                                             whole numbers
///     1949-01, 01/1949, 194901                                         months
///     2020-Q1, 2020Q1, Q1 2020                                         quarters
///     2020-W05, 2020W05                                                weeks of ISO 8601
///     2020-01-31, 2020/1/31, 20200131, 31.1.2020, 31/01/20, 1/31/2020  days
///     2020-01-31 23:00, 2020-01-31T23:00:00Z, 31.1.2020 23:00          days with a time
///
/// Days are apart by so many months where all have the same day of the month as far as the month has it (30,
/// in February the last; where all are a last one, the last), else by so many seconds.
class TimeSpacing {
 public:
  /// Of the times of all rows, empty where one is not known. None where fewer than two are, where they have
  /// none of these forms, where one is not where the spacing has it, and where days and months can be
  /// confused (1/2/2020) and that makes a difference.
  static std::optional<TimeSpacing> of(std::span<const std::string> times);

  /// The time so many rows, 1 or more, after the last; none beyond the years 1 to 9999.
  std::optional<std::string> after(Index rows) const;

  enum class Part : std::uint8_t { number, year, month, day, quarter, week, hour, minute, second };
  enum class Unit : std::uint8_t { number, month, month_of_day, quarter, week, second };

 private:
  static std::optional<TimeSpacing> of_numbers(std::span<const std::string> times);
  static std::optional<TimeSpacing> of_form(std::span<const std::string> times, std::vector<Part> parts,
                                            bool compact);

  Unit unit_ = Unit::number;
  std::int64_t last_ = 0, step_ = 0;  // of the last row, and from row to row, in units
  int day_ = 0;                       // month_of_day: of the month, 32 for its last
  std::int64_t time_of_day_ = 0;      // month_of_day: seconds
  std::vector<Part> parts_;           // what the groups of digits say, from the first on
  std::vector<int> widths_;           // the digits that each has at least
  std::vector<std::string> between_;  // what stands before each of them, and behind the last
};

}  // namespace gatescope::series
