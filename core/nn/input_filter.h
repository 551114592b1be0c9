#pragma once

// What a layer may do with its input before the cell, as an option of every cell. The cell's W x is then W
// times the last of these.
//
//   xr_t = sqrt(1/I Σ_i x_t,i² + 1e-6)
//   xn_t = α ⊙ x_t / xr_t                                       root mean square norm [zhang2019]
//   xs_t = μ ⊙ xn_t + (1 - μ) ⊙ xn_{t-1}                        token shift [peng2023]
//   xc_t = SiLU(Σ_{k < W} κ_k ⊙ xs_{t-W+1+k} + β)               depthwise causal convolution over W steps
//   [gu2024]
//
// Each may stand alone; the next then takes what came before it. "Before" is earlier in the layer's own
// direction. α, μ, κ and β are a number an input each. α begins at 1, μ at 1/2; κ as PyTorch's convolution,
// U(-1/sqrt(W), 1/sqrt(W)), in its order, the present last; β at 0. What the filter keeps of earlier steps is
// a state like the cell's own: carried from batch to batch, 0 before the first step of a text. Characters
// without an embedding are written out as one-hot vectors, so that a layer of V characters does the work of V
// inputs. x is kept by every layer with an option, also by one that has none of these.

#include <memory>

#include "core/nn/layer_table.h"
#include "core/nn/step_back.h"

namespace gatescope::nn {

/// A layer with a filter before its cell, or before a cell with an output filter.
template <class S>
class InputFilter final : public SteppedLayer<S> {
 public:
  InputFilter(const CellInfo& info, const Sizes& sizes, const LayerParameters& at,
              std::unique_ptr<SteppedLayer<S>> cell);

  const CellInfo& info() const override { return info_; }
  const Sizes& sizes() const override { return sizes_; }
  int pieces() const override { return cell_->pieces() + 1; }
  void prepare(int piece, const S* parameters) override;
  void forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                     const StepRange& range) const override;
  void backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                      const StepRange& range) const override;
  void add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients, S* input_gradient,
                     const StepRange& range) const override;
  void step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                 S* input_gradient) const override;
  void add_product_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients) const override {
    (void)input;  // it is on the tape
    cell_->add_product_gradients(tape, filtered(tape), gradients);
  }
  void leave(LayerTape<S>& tape, const Plan<S>* plan) const override { cell_->leave(tape, plan); }
  void leave_back(LayerTape<S>& tape, const Plan<S>* plan, S* gradients) const override {
    cell_->leave_back(tape, plan, gradients);
  }

 private:
  LayerInput<S> filtered(LayerTape<S>& tape) const { return {nullptr, tape.value(info_.input, 0)}; }
  void forward_step(LayerTape<S>& tape, const LayerInput<S>& input, Index t) const;
  void normalise(LayerTape<S>& tape, Index t) const;
  void shift(LayerTape<S>& tape, Index t) const;
  void convolve(LayerTape<S>& tape, Index t) const;
  /// The convolution at input i of entry b before its SiLU, and before any rule.
  S net(const S* now, const S* past, Index i) const;
  void backward_step(LayerTape<S>& tape, Index t, S* gradients, S* input_gradient) const;
  void end_at_begins(LayerTape<S>& tape, Index t) const;
  void convolve_back(LayerTape<S>& tape, Index t, S* gradients) const;
  void shift_back(LayerTape<S>& tape, Index t, S* gradients) const;
  void normalise_back(LayerTape<S>& tape, Index t, S* gradients) const;
  void clear_gradient(LayerTape<S>& tape, int channel, Index t) const;
  S* gradient_of(S* gradients, int parameter) const { return gradients + at_[parameter]; }

  const CellInfo& info_;
  Sizes sizes_;
  LayerParameters at_;
  std::unique_ptr<SteppedLayer<S>> cell_;
  const LayerPlaces& places_;
  Buffer<S> norm_scale_, mu_, taps_, bias_;
};

extern template class InputFilter<float>;
extern template class InputFilter<double>;

}  // namespace gatescope::nn
