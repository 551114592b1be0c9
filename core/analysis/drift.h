#pragma once

#include <vector>

#include "core/math/types.h"

namespace gatescope::analysis {

/// The relative step of a quantity: mean over t of |x_t − x_{t−1}|, over its standard deviation over the
/// text; no unit. Near 0 it drifts slowly, as a cell state that is kept does; 2/√π ≈ 1.13 is white Gaussian
/// noise.
struct Drift {
  std::vector<double> units;  ///< (H), NaN where a unit never moves or has fewer than two finite neighbours
  double mean = 0;            ///< over the units that have one, NaN where none has
};

/// `values` are (H, T). Pairs with a value that is not finite are left out.
Drift relative_step(const ConstMatrixView<float>& values);

}  // namespace gatescope::analysis
