#pragma once

#include <optional>
#include <utility>
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

/// Directions of the state at step t, led back a step at a time: of all of them (ds_t/ds_{t-k})ᵀ. Powers of
/// two are taken out, so that a product of many factors neither overflows nor vanishes in its number format.
/// The steps outlive it.
template <class S>
class JacobianProduct {
 public:
  JacobianProduct(StateSteps<S>& steps, Index t)
      : JacobianProduct(steps, t, Matrix<S>::Identity(steps.state().size, steps.state().size)) {}
  /// (S, D), in columns.
  JacobianProduct(StateSteps<S>& steps, Index t, Matrix<S> directions)
      : steps_(steps), t_(t), held_(std::move(directions)) {}

  /// From the state of a step to that of the step before.
  void back();

  double norm() const;                          ///< Frobenius
  double log10_norm() const;                    ///< where norm() itself may be no number of double
  std::vector<double> singular_values() const;  ///< from the greatest down

 private:
  StateSteps<S>& steps_;
  Index t_;
  Matrix<S> held_;
  int exponent_ = 0;  // the product is 2^exponent_ times what is held
};

extern template StateJacobians state_jacobians(const observe::Observation<float>&, std::optional<Index>, bool,
                                               std::optional<Index>);
extern template StateJacobians state_jacobians(const observe::Observation<double>&, std::optional<Index>,
                                               bool, std::optional<Index>);
extern template class JacobianProduct<float>;
extern template class JacobianProduct<double>;

}  // namespace gatescope::analysis
