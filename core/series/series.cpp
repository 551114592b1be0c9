#include "core/series/series.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatescope::series {

Index Series::missing() const {
  return std::ranges::count_if(values, [](double value) { return std::isnan(value); });
}

std::string Series::time(Index row) const {
  const Index last = std::ssize(times) - 1;
  if (last < 0) return std::to_string(row);
  if (row <= last) return times[static_cast<std::size_t>(row)];
  const std::optional<std::string> time = spacing ? spacing->after(row - last) : std::nullopt;
  return time.value_or(fmt::format("+{}", row - last));
}

}  // namespace gatescope::series
