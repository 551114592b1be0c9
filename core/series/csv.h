#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/series/series.h"

namespace gatescope::series {

inline constexpr std::uintmax_t kLargestCsv = std::uintmax_t{1} << 25;  // bytes, a million rows or two

/// A table of numbers in text (RFC 4180): fields stand apart by commas, semicolons or tabs, whichever the
/// first line has most of; they may stand in quotes. The first line names the columns where none of its
/// fields is a number.
///
/// With semicolons or tabs a number may have a decimal comma. Where all numbers of a column are written so,
/// commas, points, blanks or apostrophes stand between thousands ("1,234.5", "1.234,5"), and percent signs
/// behind them: 5% is 5 (number_form.h). The notes say so.
///
/// A first column of texts, or of numbers that go up or down under a name such as "year", says the times;
/// other columns without any number are left out, which the notes say, and of several those that only count
/// the rows (0, 1, 2, ... or 1, 2, 3, ...) unless `columns` names them. Empty fields, "NA", "NaN", "null",
/// "?" and "-" are missing. Where times are numbers, or dates with their year first or third, and go down,
/// the table is turned round. `columns` are the ones to take, all that hold numbers where it is empty;
/// `given` those of them that are known in advance. `keeps_counting` takes columns that count the rows as
/// well, as versions did that did not know these.
///
/// Throws Error that names the origin and line, and says what would be right.
Series parse_csv(std::string_view bytes, std::string_view origin, std::span<const std::string> columns = {},
                 std::span<const std::string> given = {}, bool keeps_counting = false);

}  // namespace gatescope::series
