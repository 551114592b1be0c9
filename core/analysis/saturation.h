#pragma once

#include <vector>

#include "core/math/types.h"

namespace gatescope::analysis {

/// Shares of a unit's values, in [0, 1], that are saturated, (H): below a tenth of the range (left) or above
/// nine tenths of it (right) [karpathy2015, section 4.3]. A unit has a value a step, or several. Values that
/// are not finite do not count; a unit without any has NaN.
struct Saturation {
  std::vector<double> left, right;
};

/// `values` are (width, T), between `low` and `high`, the units within each number of several a unit. Where
/// the range has no upper end, as a rectifier's, left means at `low` itself and right never happens.
Saturation saturation(const ConstMatrixView<float>& values, Index units, double low = 0, double high = 1);

}  // namespace gatescope::analysis
