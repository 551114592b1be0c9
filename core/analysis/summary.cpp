#include "core/analysis/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/analysis/correlation.h"

namespace gatescope::analysis {

Summary summarise(
    const Eigen::Ref<const Matrix<float>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>& values) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  Summary summary{none, none, none, none, 0};
  double sum = 0, squares = 0, least = std::numeric_limits<double>::infinity(), greatest = -least;
  for (Index c = 0; c < values.cols(); ++c) {
    for (Index r = 0; r < values.rows(); ++r) {
      const double v = values(r, c);
      if (!std::isfinite(v)) continue;
      ++summary.finite;
      sum += v;
      least = std::min(least, v);
      greatest = std::max(greatest, v);
    }
  }
  if (summary.finite == 0) return summary;
  summary.mean = sum / static_cast<double>(summary.finite);
  for (Index c = 0; c < values.cols(); ++c) {
    for (Index r = 0; r < values.rows(); ++r) {
      const double away = values(r, c) - summary.mean;
      if (std::isfinite(away)) squares += away * away;
    }
  }
  summary.deviation = std::sqrt(squares / static_cast<double>(summary.finite));
  summary.least = least;
  summary.greatest = greatest;
  return summary;
}

std::vector<int> most_varying_units(const ConstMatrixView<float>& values, int count) {
  std::vector<double> deviation(static_cast<std::size_t>(values.rows()));
  for (Index u = 0; u < values.rows(); ++u) {
    const Summary summary = summarise(values.row(u));
    deviation[static_cast<std::size_t>(u)] = summary.finite > 0 ? summary.deviation : -1;
  }
  std::vector<int> units(deviation.size());
  std::iota(units.begin(), units.end(), 0);
  std::stable_sort(units.begin(), units.end(), [&](int a, int b) {
    return deviation[static_cast<std::size_t>(a)] > deviation[static_cast<std::size_t>(b)];
  });
  units.resize(std::min(units.size(), static_cast<std::size_t>(std::max(count, 0))));
  return units;
}

std::vector<int> telling_units(const ConstMatrixView<float>& values, int count) {
  const auto series = [&](Index unit) {
    std::vector<double> row(static_cast<std::size_t>(values.cols()));
    for (Index t = 0; t < values.cols(); ++t) row[static_cast<std::size_t>(t)] = values(unit, t);
    return row;
  };
  std::vector<double> worth(static_cast<std::size_t>(values.rows()));
  std::vector<double> fresh(worth.size(), 1);  // the least 1 - r² so far
  for (std::size_t u = 0; u < worth.size(); ++u) {
    const Summary summary = summarise(values.row(static_cast<Index>(u)));
    worth[u] = summary.finite > 0 ? summary.deviation : 0;
  }
  std::vector<int> chosen;
  while (static_cast<int>(chosen.size()) < count && chosen.size() < worth.size()) {
    std::size_t best = worth.size();
    double most = -1;
    for (std::size_t u = 0; u < worth.size(); ++u) {
      if (std::find(chosen.begin(), chosen.end(), static_cast<int>(u)) != chosen.end()) continue;
      const double value = worth[u] * std::sqrt(fresh[u]);
      if (value > most) most = value, best = u;
    }
    chosen.push_back(static_cast<int>(best));
    if (static_cast<int>(chosen.size()) == count) break;
    const std::vector<double> last = series(chosen.back());
    for (std::size_t u = 0; u < worth.size(); ++u) {
      const double r = correlation(series(static_cast<Index>(u)), last);
      if (std::isfinite(r)) fresh[u] = std::min(fresh[u], 1 - r * r);
    }
  }
  return chosen;
}

}  // namespace gatescope::analysis
