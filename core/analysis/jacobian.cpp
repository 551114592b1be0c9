#include "core/analysis/jacobian.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/singular_values.h"
#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::analysis {

template <class S>
void JacobianProduct<S>::back() {
  steps_.back(t_--, held_);
  const S largest = held_.cwiseAbs().maxCoeff();
  if (!std::isfinite(largest) || largest == 0 || (largest < S(1e12) && largest > S(1e-12))) return;
  const int power = std::ilogb(largest);
  // In two, as 2^-power itself may be no number of the format.
  held_ *= std::ldexp(S(1), -power / 2);
  held_ *= std::ldexp(S(1), -(power - power / 2));
  exponent_ += power;
}

template <class S>
double JacobianProduct<S>::norm() const {
  return std::ldexp(held_.template cast<double>().norm(), exponent_);
}

template <class S>
double JacobianProduct<S>::log10_norm() const {
  return std::log10(held_.template cast<double>().norm()) + exponent_ * std::log10(2.0);
}

template <class S>
std::vector<double> JacobianProduct<S>::singular_values() const {
  std::vector<double> values = analysis::singular_values(held_.template cast<double>());
  for (double& value : values) value = std::ldexp(value, exponent_);
  return values;
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
  JacobianProduct<S> product(steps, all.step);
  const Index lags = std::min(all.step, most_lags.value_or(all.step));
  Watched::expect(lags);
  for (Index lag = 0; lag <= lags; ++lag) {
    if (lag > 0) product.back();
    const std::vector<double>& values = all.singular_values.emplace_back(product.singular_values());
    all.frobenius.push_back(product.norm());
    all.largest.push_back(values.empty() ? 0 : values.front());
  }
  return all;
}

template StateJacobians state_jacobians(const observe::Observation<float>&, std::optional<Index>, bool,
                                        std::optional<Index>);
template StateJacobians state_jacobians(const observe::Observation<double>&, std::optional<Index>, bool,
                                        std::optional<Index>);
template class JacobianProduct<float>;
template class JacobianProduct<double>;

}  // namespace gatescope::analysis
