#pragma once

#include <cstdint>

#include "core/experiment/optimizer_spec.h"
#include "core/math/types.h"
#include "core/nn/params.h"

namespace gatescope::train {

/// The moments an optimizer keeps, each as long as the parameters.
template <class S>
struct OptimizerState {
  Buffer<S> first, second;
  std::uint64_t updates = 0;

  void resize(Index size) {
    first.assign(static_cast<std::size_t>(size), S(0));
    second.assign(static_cast<std::size_t>(size), S(0));
    updates = 0;
  }
};

/// One update of the parameters first..last-1 from `scale` times their gradients; parts may run on several
/// threads. `state.updates` counts updates done, this one included.
///   adam [kingma2015]: with bias correction
///   sgd: v = momentum v + g, p -= rate v
///   rmsprop [tieleman2012]: s = alpha s + (1 - alpha) g^2, v = momentum v + g / (sqrt(s) + epsilon), p -=
///   rate v
template <class S>
void update(const experiment::OptimizerSpec& spec, OptimizerState<S>& state, S* parameters,
            const S* gradients, S scale, Index first, Index last);

/// Before an update: p -= rate weight_decay p for those of the parameters first..last-1 that decay
/// [loshchilov2019], whatever the rule.
template <class S>
void decay(const experiment::OptimizerSpec& spec, const nn::ParameterTable& table, S* parameters, Index first,
           Index last);

extern template void decay(const experiment::OptimizerSpec&, const nn::ParameterTable&, float*, Index, Index);
extern template void decay(const experiment::OptimizerSpec&, const nn::ParameterTable&, double*, Index,
                           Index);
extern template void update(const experiment::OptimizerSpec&, OptimizerState<float>&, float*, const float*,
                            float, Index, Index);
extern template void update(const experiment::OptimizerSpec&, OptimizerState<double>&, double*, const double*,
                            double, Index, Index);

}  // namespace gatescope::train
