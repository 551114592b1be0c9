#include "core/analysis/summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/analysis/correlation.h"

namespace gatescope::analysis {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

using Floats = Eigen::Map<const Eigen::ArrayXf>;
using Doubles = Eigen::ArrayXd;

/// Infinity and NaN times zero are NaN.
bool all_finite(const Floats& values) {
  return (values * 0).sum() == 0;
}

/// In eight sums side by side, so that none waits for the one before.
Summary of_finite(const Floats& values) {
  constexpr Index lanes = 8;
  const float* at = values.data();
  const Index size = values.size(), whole = size - size % lanes;
  std::array<double, lanes> sums{}, squares{};
  for (Index i = 0; i < whole; i += lanes)
    for (Index k = 0; k < lanes; ++k) sums[k] += static_cast<double>(at[i + k]);
  for (Index i = whole; i < size; ++i) sums[0] += static_cast<double>(at[i]);
  Summary summary{none, none, none, none, size};
  const double mean = std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(size);
  for (Index i = 0; i < whole; i += lanes)
    for (Index k = 0; k < lanes; ++k) {
      const double away = static_cast<double>(at[i + k]) - mean;
      squares[k] += away * away;
    }
  for (Index i = whole; i < size; ++i) {
    const double away = static_cast<double>(at[i]) - mean;
    squares[0] += away * away;
  }
  summary.mean = mean;
  summary.deviation =
      std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(size));
  summary.least = values.minCoeff();
  summary.greatest = values.maxCoeff();
  return summary;
}

Floats column(const ConstMatrixView<float>& values, Index t) {
  return {values.data() + t * values.rows(), values.rows()};
}

}  // namespace

Summary summarise(
    const Eigen::Ref<const Matrix<float>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>& values) {
  const bool together =
      values.innerStride() == 1 && (values.cols() == 1 || values.outerStride() == values.rows());
  if (together && values.size() > 0) {
    const Floats all(values.data(), values.size());
    if (all_finite(all)) return of_finite(all);
  }
  Summary summary{none, none, none, none, 0};
  double sum = 0, squares = 0, least = infinity, greatest = -infinity;
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

// All units at once, step by step: their values lie beside each other.
std::vector<Summary> summarise_units(const ConstMatrixView<float>& values) {
  const Index units = values.rows(), steps = values.cols();
  std::vector<Summary> summaries(static_cast<std::size_t>(units));
  if (!all_finite({values.data(), values.size()})) {
    for (Index u = 0; u < units; ++u) summaries[u] = summarise(values.row(u));
    return summaries;
  }
  if (steps == 0) return std::vector<Summary>(summaries.size(), {none, none, none, none, 0});
  Doubles sum = Doubles::Zero(units), squares = sum, least = Doubles::Constant(units, infinity),
          greatest = -least;
  for (Index t = 0; t < steps; ++t) {
    const auto x = column(values, t).cast<double>();
    sum += x;
    least = least.min(x);
    greatest = greatest.max(x);
  }
  const Doubles mean = sum / static_cast<double>(steps);
  for (Index t = 0; t < steps; ++t) squares += (column(values, t).cast<double>() - mean).square();
  for (Index u = 0; u < units; ++u)
    summaries[u] = {mean[u], std::sqrt(squares[u] / static_cast<double>(steps)), least[u], greatest[u],
                    steps};
  return summaries;
}

double size_of_share(const ConstMatrixView<float>& values, double share) {
  constexpr Index kEnough = 30000;
  Index stride = std::max<Index>(values.size() / kEnough, 1);
  while (std::gcd(stride, values.rows()) != 1) ++stride;  // so that all units are met
  std::vector<float> sizes;
  sizes.reserve(static_cast<std::size_t>(values.size() / stride + 1));
  for (Index i = 0; i < values.size(); i += stride)
    if (std::isfinite(values.data()[i])) sizes.push_back(std::abs(values.data()[i]));
  if (sizes.empty()) return none;
  const double last = static_cast<double>(sizes.size() - 1);
  const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(std::ceil(std::clamp(share, 0.0, 1.0) * last));
  std::nth_element(sizes.begin(), at, sizes.end());
  return static_cast<double>(*at);
}

double usual_size(const ConstMatrixView<float>& values) {
  constexpr double kShare = 0.95, kFarOut = 1.5;
  const Summary all = summarise(values);
  const double most = std::max(std::abs(all.least), std::abs(all.greatest));
  if (values.rows() < 2 || all.finite == 0) return most;
  const double usual = size_of_share(values, kShare);
  return usual > 0 && most > kFarOut * usual ? usual : most;
}

double mean_of_finite(std::span<const double> values) {
  double sum = 0;
  std::size_t finite = 0;
  for (const double v : values)
    if (std::isfinite(v)) sum += v, ++finite;
  return finite > 0 ? sum / static_cast<double>(finite) : none;
}

double mean_of_finite(std::span<const double> values, Index first, Index end) {
  const Index last = std::min(end, std::ssize(values));
  if (first >= last) return none;
  return mean_of_finite(
      values.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)));
}

std::vector<int> most_varying_units(const ConstMatrixView<float>& values, int count) {
  std::vector<double> deviation;
  for (const Summary& summary : summarise_units(values))
    deviation.push_back(summary.finite > 0 ? summary.deviation : -1);
  std::vector<int> units(deviation.size());
  std::iota(units.begin(), units.end(), 0);
  std::stable_sort(units.begin(), units.end(), [&](int a, int b) { return deviation[a] > deviation[b]; });
  units.resize(std::min(units.size(), static_cast<std::size_t>(std::max(count, 0))));
  return units;
}

namespace {

/// Pearson's correlation of every unit with that one, as correlation() defines it.
std::vector<double> correlations_with(const ConstMatrixView<float>& values, Index unit,
                                      const std::vector<Summary>& summaries) {
  const Index units = values.rows();
  std::vector<double> out(static_cast<std::size_t>(units));
  if (!all_finite({values.data(), values.size()})) {
    const auto series = [&](Index u) {
      std::vector<double> row(static_cast<std::size_t>(values.cols()));
      for (Index t = 0; t < values.cols(); ++t) row[t] = values(u, t);
      return row;
    };
    const std::vector<double> other = series(unit);
    for (Index u = 0; u < units; ++u) out[u] = correlation(series(u), other);
    return out;
  }
  Doubles mean(units), products = Doubles::Zero(units), squares = products;
  for (Index u = 0; u < units; ++u) mean[u] = summaries[u].mean;
  for (Index t = 0; t < values.cols(); ++t) {
    const Doubles away = column(values, t).cast<double>() - mean;
    products += away * away[unit];
    squares += away.square();
  }
  for (Index u = 0; u < units; ++u) {
    const double scale = std::sqrt(squares[u]) * std::sqrt(squares[unit]);
    out[u] = scale > 0 ? std::clamp(products[u] / scale, -1.0, 1.0) : none;
  }
  return out;
}

}  // namespace

std::vector<int> telling_units(const ConstMatrixView<float>& values, int count) {
  const std::vector<Summary> summaries = summarise_units(values);
  std::vector<double> worth;
  for (const Summary& summary : summaries) worth.push_back(summary.finite > 0 ? summary.deviation : 0);
  std::vector<double> fresh(worth.size(), 1);  // the least 1 - r² so far
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
    const std::vector<double> r = correlations_with(values, chosen.back(), summaries);
    for (std::size_t u = 0; u < worth.size(); ++u)
      if (std::isfinite(r[u])) fresh[u] = std::min(fresh[u], 1 - r[u] * r[u]);
  }
  return chosen;
}

}  // namespace gatescope::analysis
