#include "core/train/optimizer.h"

#include <cmath>

namespace gatescope::train {

template <class S>
void update(const OptimizerSpec& spec, OptimizerState<S>& state, S* parameters, const S* gradients, S scale,
            Index first, Index last) {
  using Part = Eigen::Map<Eigen::Array<S, Eigen::Dynamic, 1>>;
  using ConstPart = Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>>;
  const Index n = last - first;
  Part p(parameters + first, n), m(state.first.data() + first, n), v(state.second.data() + first, n);
  const auto g = ConstPart(gradients + first, n) * scale;
  const auto rate = static_cast<S>(spec.rate), momentum = static_cast<S>(spec.momentum);
  const auto beta1 = static_cast<S>(spec.beta1), beta2 = static_cast<S>(spec.beta2);
  const auto alpha = static_cast<S>(spec.alpha);
  const auto epsilon = static_cast<S>(spec.epsilon);
  switch (spec.rule) {
    case Rule::adam: {
      const double t = static_cast<double>(state.updates);
      const auto step = static_cast<S>(spec.rate / (1 - std::pow(spec.beta1, t)));
      const auto correction = static_cast<S>(1 / std::sqrt(1 - std::pow(spec.beta2, t)));
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g.square();
      p -= step * m / (v.sqrt() * correction + epsilon);
      break;
    }
    case Rule::sgd:
      m = momentum * m + g;
      p -= rate * m;
      break;
    case Rule::rmsprop:
      v = alpha * v + (1 - alpha) * g.square();
      m = momentum * m + g / (v.sqrt() + epsilon);
      p -= rate * m;
      break;
  }
}

template void update(const OptimizerSpec&, OptimizerState<float>&, float*, const float*, float, Index, Index);
template void update(const OptimizerSpec&, OptimizerState<double>&, double*, const double*, double, Index,
                     Index);

}  // namespace gatescope::train
