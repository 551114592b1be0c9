#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/math/types.h"

namespace gatescope::series {

/// How far forecasts lie off. Where the truth is missing nothing counts; a forecast that is not finite makes
/// all of them NaN.
struct Errors {
  Index count = 0;
  double mean_absolute = 0;     // MAE, in the unit of the values; NaN of none, as all here
  double root_mean_square = 0;  // RMSE
  double mean_scaled = 0;       // MASE: MAE over `scale`
};
Errors errors(std::span<const double> forecasts, std::span<const double> truth, double scale);

/// At how many rows before its own, 0 to `most`, the values come nearest to forecasts of one row ahead: by
/// the mean square. 1 is a copy of the last value, however well the curve looks. `truth` has `most` rows
/// more, in front. None where nothing is finite.
std::optional<Index> best_lag(std::span<const double> forecasts, std::span<const double> truth, Index most);

/// Split conformal prediction [vovk2005; lei2018]: the distance within which a share `coverage` of forecasts
/// lies, of absolute residuals that were measured where nothing was fitted: the ceil((n + 1) coverage)-th
/// smallest. Residuals that are NaN are left out, infinite ones are not. None where n are too few to say.
std::optional<double> conformal_distance(std::vector<double> residuals, double coverage);

}  // namespace gatescope::series
