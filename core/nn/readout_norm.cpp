#include "core/nn/readout_norm.h"

#include <algorithm>
#include <cmath>

namespace gatescope::nn {

template <class S>
ReadoutNorm<S>::ReadoutNorm(const ModelSpec& spec, ParameterTable& table)
    : kind_(spec.last_norm),
      epsilon_(static_cast<S>(kind_ == Norm::layer ? kLayerNormEpsilon : spec.norm_epsilon)),
      width_(spec.gives()) {
  if (kind_ == Norm::none) return;
  scale_ = table.add_vector("norm.weight", width_);
  if (kind_ == Norm::layer) shift_ = table.add_vector("norm.bias", width_);
}

template <class S>
void ReadoutNorm<S>::initialise(S* parameters) const {
  if (scale_ >= 0) std::fill_n(parameters + scale_, width_, S(1));
}

template <class S>
typename ReadoutNorm<S>::Moments ReadoutNorm<S>::moments(const S* x) const {
  const S width = static_cast<S>(width_);
  S mean = 0, squares = 0;
  if (kind_ == Norm::layer) {
    for (Index k = 0; k < width_; ++k) mean += x[k];
    mean /= width;
  }
  for (Index k = 0; k < width_; ++k) squares += (x[k] - mean) * (x[k] - mean);
  const S size = std::sqrt(squares / width + epsilon_);
  return {mean, size > 0 ? 1 / size : S(0)};
}

template <class S>
void ReadoutNorm<S>::forward(const S* parameters, const S* x, S* y) const {
  const auto [mean, share] = moments(x);
  for (Index k = 0; k < width_; ++k) y[k] = parameters[scale_ + k] * ((x[k] - mean) * share);
  if (shift_ < 0) return;
  for (Index k = 0; k < width_; ++k) y[k] += parameters[shift_ + k];
}

/// With n = (x - m) / s and g = γ ⊙ dy: dx = (g - n mean(g n)) / s, less its mean where m is taken out.
template <class S>
void ReadoutNorm<S>::backward(const S* parameters, const S* x, const S* dy, S* dx, S* gradients) const {
  const auto [mean, share] = moments(x);
  S along = 0, sum = 0;
  for (Index k = 0; k < width_; ++k) {
    const S normed = (x[k] - mean) * share, g = parameters[scale_ + k] * dy[k];
    along += g * normed;
    sum += g;
    if (!gradients) continue;
    gradients[scale_ + k] += dy[k] * normed;
    if (shift_ >= 0) gradients[shift_ + k] += dy[k];
  }
  const S width = static_cast<S>(width_), of_mean = kind_ == Norm::layer ? sum / width : S(0);
  for (Index k = 0; k < width_; ++k) {
    const S normed = (x[k] - mean) * share;
    dx[k] = (parameters[scale_ + k] * dy[k] - of_mean - normed * along / width) * share;
  }
}

template class ReadoutNorm<float>;
template class ReadoutNorm<double>;

}  // namespace gatescope::nn
