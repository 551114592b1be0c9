#include "core/series/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/number_from_chars.h"

namespace gatescope::series {
namespace {

/// "1949" and "1949-01" as numbers of years and months.
struct Stamp {
  std::int64_t number = 0;
  bool of_month = false;
};
std::optional<Stamp> stamp_of(std::string_view text) {
  Stamp stamp;
  std::int64_t month = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = number_from_chars(text.data(), end, stamp.number);
  if (code != std::errc() || std::abs(stamp.number) > 1'000'000'000'000) return std::nullopt;
  if (rest == end) return stamp;
  stamp.of_month = end - rest == 3 && *rest == '-' && number_from_chars(rest + 1, end, month).ptr == end &&
                   month >= 1 && month <= 12;
  if (!stamp.of_month || stamp.number > 9999) return std::nullopt;
  stamp.number = 12 * stamp.number + month - 1;
  return stamp;
}

/// The time so many rows after the last one, as far apart as the last two.
std::string time_after(const std::vector<std::string>& times, Index rows) {
  const auto last = stamp_of(times.back());
  const auto before = times.size() > 1 ? stamp_of(times[times.size() - 2]) : std::nullopt;
  if (!last || !before || last->of_month != before->of_month) return fmt::format("+{}", rows);
  const std::int64_t number = last->number + rows * (last->number - before->number);
  return last->of_month ? fmt::format("{:04}-{:02}", number / 12, number % 12 + 1)
                        : fmt::format("{}", number);
}

}  // namespace

Index Series::missing() const {
  return std::ranges::count_if(values, [](double value) { return std::isnan(value); });
}

std::string Series::time(Index row) const {
  const Index last = std::ssize(times) - 1;
  if (last < 0) return std::to_string(row);
  if (row <= last) return times[static_cast<std::size_t>(row)];
  return time_after(times, row - last);
}

}  // namespace gatescope::series
