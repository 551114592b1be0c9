#include "core/train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/math/kernels.h"

namespace gatescope::train {

template <class S>
void update(const experiment::OptimizerSpec& spec, OptimizerState<S>& state, S* parameters,
            const S* gradients, S scale, Index first, Index last) {
  UpdateArguments<S> a{.p = parameters + first,
                       .m = state.first.data() + first,
                       .v = state.second.data() + first,
                       .g = gradients + first,
                       .n = last - first,
                       .scale = scale,
                       .rate = static_cast<S>(spec.rate),
                       .momentum = static_cast<S>(spec.momentum),
                       .beta1 = static_cast<S>(spec.beta1),
                       .beta2 = static_cast<S>(spec.beta2),
                       .alpha = static_cast<S>(spec.alpha),
                       .epsilon = static_cast<S>(spec.epsilon),
                       .correction = 1};
  switch (spec.rule) {
    case experiment::OptimizerRule::adam: {
      const double t = static_cast<double>(state.updates);
      a.rate = static_cast<S>(spec.rate / (1 - std::pow(spec.beta1, t)));
      a.correction = static_cast<S>(1 / std::sqrt(1 - std::pow(spec.beta2, t)));
      kernels<S>().adam(a);
      break;
    }
    case experiment::OptimizerRule::sgd:
      kernels<S>().sgd(a);
      break;
    case experiment::OptimizerRule::rmsprop:
      kernels<S>().rmsprop(a);
      break;
  }
}

template <class S>
void decay(const experiment::OptimizerSpec& spec, const nn::ParameterTable& table, S* parameters, Index first,
           Index last) {
  const S kept = static_cast<S>(1 - spec.rate * spec.weight_decay);
  for (const nn::Parameter& p : table.all()) {
    if (!p.decays) continue;
    const Index end = std::min(last, p.offset + p.size());
    for (Index k = std::max(first, p.offset); k < end; ++k) parameters[k] *= kept;
  }
}

template void decay(const experiment::OptimizerSpec&, const nn::ParameterTable&, float*, Index, Index);
template void decay(const experiment::OptimizerSpec&, const nn::ParameterTable&, double*, Index, Index);
template void update(const experiment::OptimizerSpec&, OptimizerState<float>&, float*, const float*, float,
                     Index, Index);
template void update(const experiment::OptimizerSpec&, OptimizerState<double>&, double*, const double*,
                     double, Index, Index);

}  // namespace gatescope::train
