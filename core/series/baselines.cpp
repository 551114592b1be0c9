#include "core/series/baselines.h"

#include <cmath>
#include <limits>

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
  const Index last = origin - 1, season = windows.season();
  std::vector<double> rows;
  for (Index h = 0; h < windows.cut().horizon; ++h) {
    double value = windows.filled(last, column);
    if (baseline == Baseline::seasonal && season > 1 && season <= origin) {
      value = windows.filled(origin - season + h % season, column);
    } else if (baseline == Baseline::drift && last > 0) {
      value += static_cast<double>(h + 1) * (value - windows.filled(0, column)) / static_cast<double>(last);
    }
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
