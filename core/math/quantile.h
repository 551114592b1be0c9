#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace gatescope {

/// The value below which that share of sorted numbers lies, between two of them where it must; of falling
/// numbers, that above which it lies. NaN of none.
inline double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] == sorted[high]  // both may be infinite
             ? sorted[low]
             : sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

/// Of sorted numbers the one that is nearest to that share of them; there is one at least.
inline double nearest_quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
}

}  // namespace gatescope
