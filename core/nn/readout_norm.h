#pragma once

// The norm of what the read-out sees, of all E numbers that leave the stack at a step:
//
//   rms     y = γ ⊙ x / s,  s = sqrt(1/E Σ x² + ε)              [zhang2019]
//   layer   y = γ ⊙ (x - m) / s + β,  m = 1/E Σ x,
//           s = sqrt(1/E Σ (x - m)² + 1e-5)                     [ba2016]
//
// γ begins at 1, β at 0.

#include "core/nn/model_spec.h"
#include "core/nn/params.h"

namespace gatescope::nn {

template <class S>
class ReadoutNorm {
 public:
  ReadoutNorm() = default;
  /// Adds norm.weight (E) and, of a layer norm, norm.bias (E) to the table; nothing without a norm.
  ReadoutNorm(const ModelSpec& spec, ParameterTable& table);

  explicit operator bool() const { return kind_ != Norm::none; }

  void initialise(S* parameters) const;
  /// One column: y of x, (E) each.
  void forward(const S* parameters, const S* x, S* y) const;
  /// Its adjoint: dx of dy; adds the parameters' gradients where `gradients` is not null.
  void backward(const S* parameters, const S* x, const S* dy, S* dx, S* gradients) const;

 private:
  struct Moments {
    S mean, share;  // m, and 1 / s
  };
  Moments moments(const S* x) const;

  Norm kind_ = Norm::none;
  S epsilon_ = 0;
  Index width_ = 0, scale_ = -1, shift_ = -1;
};

extern template class ReadoutNorm<float>;
extern template class ReadoutNorm<double>;

}  // namespace gatescope::nn
