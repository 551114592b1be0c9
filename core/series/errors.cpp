#include "core/series/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gatescope::series {

Errors errors(std::span<const double> forecasts, std::span<const double> truth, double scale) {
  Errors all;
  double sum = 0, squares = 0;
  for (std::size_t k = 0; k < forecasts.size(); ++k) {
    if (std::isnan(truth[k])) continue;
    const double off =
        std::isfinite(forecasts[k]) ? forecasts[k] - truth[k] : std::numeric_limits<double>::quiet_NaN();
    ++all.count;
    sum += std::abs(off);
    squares += off * off;
  }
  const double count =
      all.count > 0 ? static_cast<double>(all.count) : std::numeric_limits<double>::quiet_NaN();
  all.mean_absolute = sum / count;
  all.root_mean_square = std::sqrt(squares / count);
  all.mean_scaled = all.mean_absolute / scale;
  return all;
}

std::optional<Index> best_lag(std::span<const double> forecasts, std::span<const double> truth, Index most) {
  std::optional<Index> best;
  double least = std::numeric_limits<double>::infinity();
  for (Index lag = 0; lag <= most; ++lag) {
    const Errors at =
        errors(forecasts, truth.subspan(static_cast<std::size_t>(most - lag), forecasts.size()), 1);
    if (at.count > 0 && at.root_mean_square < least) least = at.root_mean_square, best = lag;
  }
  return best;
}

std::optional<double> conformal_distance(std::vector<double> residuals, double coverage) {
  std::erase_if(residuals, [](double each) { return std::isnan(each); });
  // A little less, so that 0.8 of 9 + 1 is the eighth whatever the rounding.
  const auto rank =
      static_cast<Index>(std::ceil(static_cast<double>(residuals.size() + 1) * coverage - 1e-9));
  if (rank < 1 || rank > std::ssize(residuals)) return std::nullopt;
  std::ranges::nth_element(residuals, residuals.begin() + (rank - 1));
  const double distance = residuals[static_cast<std::size_t>(rank - 1)];
  return std::isfinite(distance) ? std::optional(distance) : std::nullopt;
}

}  // namespace gatescope::series
