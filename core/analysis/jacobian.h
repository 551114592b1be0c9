#pragma once

#include <optional>
#include <vector>

#include "core/analysis/state_steps.h"

namespace gatescope::analysis {

/// How the joint state s_t at one step depends on every earlier one: ds_t/ds_{t-k} for lag k, which are used
/// values (after rules), rows and columns in the order of `state`. Total derivatives, through every step
/// between [bengio1994, pascanu2013].
struct StateJacobians {
  Index step = 0;
  std::vector<std::string> state;
  std::vector<double> frobenius, largest;  ///< ‖·‖_F and ‖·‖₂ by lag; lag 0 is the identity
  std::vector<std::vector<double>> singular_values;  ///< by lag, from the greatest down
};

/// At a step, or without one the last, over at most so many lags. Throws Error for a step that does not exist
/// and for a model without a joint state.
template <class S>
StateJacobians state_jacobians(const observe::Observation<S>& observation, std::optional<Index> step,
                               bool natural = false, std::optional<Index> most_lags = {});

/// Powers of two are taken out of a product of many factors, so that it neither overflows nor vanishes in
/// its number format: the product is 2^`exponent` times what is held.
template <class S>
void rescale(Matrix<S>& product, int& exponent);

extern template StateJacobians state_jacobians(const observe::Observation<float>&, std::optional<Index>, bool,
                                               std::optional<Index>);
extern template StateJacobians state_jacobians(const observe::Observation<double>&, std::optional<Index>,
                                               bool, std::optional<Index>);
extern template void rescale(Matrix<float>&, int&);
extern template void rescale(Matrix<double>&, int&);

}  // namespace gatescope::analysis
