#pragma once

#include <vector>

#include "core/math/types.h"

namespace gatescope::analysis {

/// Shares of the steps, in [0, 1], at which each unit (H) is saturated: below a tenth of its range (left) or
/// above nine tenths of it (right) [karpathy2015, section 4.3]. Values that are not finite are no steps; a
/// unit without any has NaN.
struct Saturation {
  std::vector<double> left, right;
};

/// `values` are (H, T), between `low` and `high`. Where the range has no upper end, as a rectifier's, left
/// means at `low` itself and right never happens.
Saturation saturation(const ConstMatrixView<float>& values, double low = 0, double high = 1);

}  // namespace gatescope::analysis
