#include "core/analysis/drift.h"

#include <cmath>
#include <limits>

#include "core/analysis/summary.h"

namespace gatescope::analysis {

Drift relative_step(const ConstMatrixView<float>& values) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  Drift drift;
  drift.units.reserve(static_cast<std::size_t>(values.rows()));
  double sum = 0;
  Index moving = 0;
  for (Index u = 0; u < values.rows(); ++u) {
    double steps = 0;
    Index pairs = 0;
    for (Index t = 1; t < values.cols(); ++t) {
      const double step = std::abs(static_cast<double>(values(u, t)) - static_cast<double>(values(u, t - 1)));
      if (!std::isfinite(step)) continue;
      steps += step;
      ++pairs;
    }
    const double deviation = summarise(values.row(u)).deviation;
    const bool moves = pairs > 0 && deviation > 0;
    drift.units.push_back(moves ? steps / static_cast<double>(pairs) / deviation : none);
    if (moves) sum += drift.units.back(), ++moving;
  }
  drift.mean = moving > 0 ? sum / static_cast<double>(moving) : none;
  return drift;
}

}  // namespace gatescope::analysis
