#pragma once

#include <vector>

namespace gatescope::analysis {

/// Pearson's correlation of two equally long series over the places where both are finite, in [−1, 1]; NaN
/// where one of them does not vary.
double correlation(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace gatescope::analysis
