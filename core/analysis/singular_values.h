#pragma once

#include <vector>

#include "core/math/types.h"

namespace gatescope::analysis {

/// The singular values of a matrix, from the greatest down; NaN each where the matrix is not finite.
std::vector<double> singular_values(const Eigen::MatrixXd& matrix);

}  // namespace gatescope::analysis
