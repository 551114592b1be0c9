#include "core/analysis/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gatescope::analysis {

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t size = std::min(x.size(), y.size());
  double mean_x = 0, mean_y = 0, count = 0;
  const auto both = [&](std::size_t i) { return std::isfinite(x[i]) && std::isfinite(y[i]); };
  for (std::size_t i = 0; i < size; ++i)
    if (both(i)) mean_x += x[i], mean_y += y[i], ++count;
  mean_x /= count;
  mean_y /= count;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!both(i)) continue;
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  const double scale = std::sqrt(xx) * std::sqrt(yy);
  return scale > 0 ? std::clamp(xy / scale, -1.0, 1.0) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace gatescope::analysis
