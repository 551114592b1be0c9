#include "core/analysis/saturation.h"

#include <cmath>
#include <limits>

namespace gatescope::analysis {

Saturation saturation(const ConstMatrixView<float>& values, Index units, double low, double high) {
  const bool bounded = std::isfinite(high) && std::isfinite(low);
  // As floats: 0.1F is below the threshold 0.1 of neither kind.
  const float left = static_cast<float>(bounded ? low + 0.1 * (high - low) : low);
  const float right =
      bounded ? static_cast<float>(low + 0.9 * (high - low)) : std::numeric_limits<float>::infinity();
  const auto hidden = static_cast<std::size_t>(units);
  std::vector<int> below(hidden, 0), above(hidden, 0), finite(hidden, 0);
  for (Index t = 0; t < values.cols(); ++t) {  // all units of a step: they lie beside each other
    const float* at = values.data() + t * values.rows();
    for (Index first = 0; first < values.rows(); first += units)
      for (std::size_t u = 0; u < hidden; ++u) {
        const float v = at[static_cast<std::size_t>(first) + u];
        const bool number = std::abs(v) <= std::numeric_limits<float>::max();
        finite[u] += number;
        below[u] += number & (bounded ? v < left : v <= left);
        above[u] += number & (v > right);
      }
  }
  Saturation out;
  const auto share = [](int count, int all) {
    return all > 0 ? static_cast<double>(count) / all : std::numeric_limits<double>::quiet_NaN();
  };
  for (std::size_t u = 0; u < hidden; ++u) {
    out.left.push_back(share(below[u], finite[u]));
    out.right.push_back(share(above[u], finite[u]));
  }
  return out;
}

}  // namespace gatescope::analysis
