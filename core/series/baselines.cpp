#include "core/series/baselines.h"

#include <cmath>
#include <limits>
#include <optional>

namespace gatescope::series {

std::string_view name_of(Baseline baseline) {
  switch (baseline) {
    case Baseline::naive:
      return "naive";
    case Baseline::seasonal:
      return "seasonal naive";
    case Baseline::drift:
      return "drift";
  }
  return {};
}

bool is_there(Baseline baseline, const Windows& windows) {
  return baseline != Baseline::seasonal || (windows.season() > 1 && windows.season() <= windows.split());
}

std::vector<double> forecast(Baseline baseline, const Windows& windows, Index column, Index origin) {
  const Index season = windows.season(), horizon = windows.cut().horizon;
  const std::optional<Index> last = windows.last_known(origin - 1, column);
  if (!last)
    return std::vector<double>(static_cast<std::size_t>(horizon), std::numeric_limits<double>::quiet_NaN());
  const Index first = *windows.first_known(column);
  const double value = windows.filled(*last, column);
  const double slope =
      *last > first ? (value - windows.filled(first, column)) / static_cast<double>(*last - first) : 0;
  // The value of the same part of a season, of the latest one in which it is known.
  const auto seasons_before = [&](Index row) {
    while (row >= origin) row -= season;
    while (row >= 0 && windows.missing(row, column)) row -= season;
    return row >= 0 ? windows.filled(row, column) : value;
  };
  std::vector<double> rows;
  for (Index row = origin; row < origin + horizon; ++row) {
    if (baseline == Baseline::seasonal && season > 1)
      rows.push_back(seasons_before(row));
    else if (baseline == Baseline::drift)
      rows.push_back(value + static_cast<double>(row - *last) * slope);
    else
      rows.push_back(value);
  }
  return rows;
}

double naive_error(const Windows& windows, Index column) {
  double sum = 0;
  Index count = 0;
  for (Index row = 1; row < windows.split(); ++row) {
    if (windows.missing(row, column) || windows.missing(row - 1, column)) continue;
    sum += std::abs(windows.filled(row, column) - windows.filled(row - 1, column));
    ++count;
  }
  return sum > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace gatescope::series
