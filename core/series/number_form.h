#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatescope::series {

/// How the numbers of a column are written.
struct NumberForm {
  enum class Decimal { point, comma, either };
  Decimal decimal = Decimal::point;
  char groups = 0;       // between thousands: a comma, point, blank or apostrophe; 0: nothing is
  bool percent = false;  // a percent sign behind each

  bool operator==(const NumberForm&) const = default;
};

/// A field as a number, of percents the number before the sign; none where it is another text or written in
/// another form. Thousands stand in groups of three, of which the first has 1 to 3 digits and does not begin
/// with 0, or not in groups at all. Infinite where it is out of range.
std::optional<double> number_in(const NumberForm& form, std::string_view field);

/// The form in which all of these fields are numbers; where there is none, the one in which most are. Of
/// several the first that fits: plain, then in groups, each without percent signs and with them.
/// `of_commas`: commas keep the table's fields apart, so that a number with one stood in quotes. There
/// "1,234" is a thousand and something, elsewhere it is not much more than one.
NumberForm number_form_of(std::span<const std::string_view> fields, bool of_commas);

}  // namespace gatescope::series
