#include "core/analysis/singular_values.h"

#include <Eigen/SVD>
#include <limits>

namespace gatescope::analysis {

std::vector<double> singular_values(const Eigen::MatrixXd& matrix) {
  const Index count = std::min(matrix.rows(), matrix.cols());
  if (!matrix.allFinite())
    return std::vector<double>(static_cast<std::size_t>(count), std::numeric_limits<double>::quiet_NaN());
  if (count == 0) return {};
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(matrix);
  const auto& values = svd.singularValues();
  return {values.data(), values.data() + values.size()};
}

}  // namespace gatescope::analysis
