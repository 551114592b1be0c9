#include "core/analysis/saturation.h"

#include <cmath>
#include <limits>

namespace gatescope::analysis {

Saturation saturation(const ConstMatrixView<float>& values, double low, double high) {
  const bool bounded = std::isfinite(high) && std::isfinite(low);
  // As floats: 0.1F is below the threshold 0.1 of neither kind.
  const float left = static_cast<float>(bounded ? low + 0.1 * (high - low) : low);
  const float right =
      bounded ? static_cast<float>(low + 0.9 * (high - low)) : std::numeric_limits<float>::infinity();
  Saturation out;
  for (Index u = 0; u < values.rows(); ++u) {
    Index below = 0, above = 0, finite = 0;
    for (Index t = 0; t < values.cols(); ++t) {
      const float v = values(u, t);
      if (!std::isfinite(v)) continue;
      ++finite;
      below += bounded ? v < left : v <= left;
      above += v > right;
    }
    const auto share = [&](Index count) {
      return finite > 0 ? static_cast<double>(count) / static_cast<double>(finite)
                        : std::numeric_limits<double>::quiet_NaN();
    };
    out.left.push_back(share(below));
    out.right.push_back(share(above));
  }
  return out;
}

}  // namespace gatescope::analysis
