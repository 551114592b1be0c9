#include "core/analysis/drift.h"

#include <cmath>
#include <limits>

#include "core/analysis/summary.h"

namespace gatescope::analysis {

Drift relative_step(const ConstMatrixView<float>& values) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const auto hidden = static_cast<std::size_t>(values.rows());
  std::vector<double> steps(hidden, 0), pairs(hidden, 0);
  for (Index t = 1; t < values.cols(); ++t) {
    const float *now = values.data() + t * values.rows(), *before = now - values.rows();
    for (std::size_t u = 0; u < hidden; ++u) {
      const double step = std::abs(static_cast<double>(now[u]) - static_cast<double>(before[u]));
      const bool finite = step <= std::numeric_limits<double>::max();
      steps[u] += finite ? step : 0;
      pairs[u] += finite ? 1 : 0;
    }
  }
  const std::vector<Summary> summaries = summarise_units(values);
  Drift drift;
  drift.units.reserve(hidden);
  double sum = 0;
  Index moving = 0;
  for (std::size_t u = 0; u < hidden; ++u) {
    const bool moves = pairs[u] > 0 && summaries[u].deviation > 0;
    drift.units.push_back(moves ? steps[u] / pairs[u] / summaries[u].deviation : none);
    if (moves) sum += drift.units.back(), ++moving;
  }
  drift.mean = moving > 0 ? sum / static_cast<double>(moving) : none;
  return drift;
}

}  // namespace gatescope::analysis
