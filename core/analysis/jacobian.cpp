#include "core/analysis/jacobian.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/singular_values.h"
#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::analysis {

template <class S>
void rescale(Matrix<S>& product, int& exponent) {
  const S largest = product.cwiseAbs().maxCoeff();
  if (!std::isfinite(largest) || largest == 0 || (largest < S(1e12) && largest > S(1e-12))) return;
  const int power = std::ilogb(largest);
  // In two, as 2^-power itself may be no number of the format.
  product *= std::ldexp(S(1), -power / 2);
  product *= std::ldexp(S(1), -(power - power / 2));
  exponent += power;
}

template <class S>
StateJacobians state_jacobians(const observe::Observation<S>& observation, std::optional<Index> step,
                               bool natural, std::optional<Index> most_lags) {
  StateSteps<S> steps(observation, natural);
  const Index last = steps.steps() - 1;
  if (step && (*step < 0 || *step > last)) fail("step {} does not exist, expected 0 to {}", *step, last);
  StateJacobians all;
  all.step = step.value_or(last);
  all.state = steps.state().names();
  Matrix<S> product = Matrix<S>::Identity(steps.state().size, steps.state().size);
  int exponent = 0;
  const Index lags = std::min(all.step, most_lags.value_or(all.step));
  Watched::expect(lags);
  for (Index lag = 0; lag <= lags; ++lag) {
    if (lag > 0) steps.back(all.step - lag + 1, product);
    rescale(product, exponent);
    const Eigen::MatrixXd now = product.template cast<double>();
    std::vector<double>& values = all.singular_values.emplace_back(singular_values(now));
    for (double& value : values) value = std::ldexp(value, exponent);
    all.frobenius.push_back(std::ldexp(now.norm(), exponent));
    all.largest.push_back(values.empty() ? 0 : values.front());
  }
  return all;
}

template StateJacobians state_jacobians(const observe::Observation<float>&, std::optional<Index>, bool,
                                        std::optional<Index>);
template StateJacobians state_jacobians(const observe::Observation<double>&, std::optional<Index>, bool,
                                        std::optional<Index>);
template void rescale(Matrix<float>&, int&);
template void rescale(Matrix<double>&, int&);

}  // namespace gatescope::analysis
