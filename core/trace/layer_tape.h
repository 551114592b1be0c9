#pragma once

#include "core/math/product.h"
#include "core/math/types.h"
#include "core/nn/cell.h"
#include "core/nn/cell_steps.h"

namespace gatescope::trace {

/// Everything one direction of one layer computes over a sequence: each channel's used values and their
/// gradients, in one layout, and raw values where a plan forces gates. What the backward pass needs is what a
/// person wants to see.
///
/// A channel is (H, T*B) with time as the outer block, and one more block for the state before the first
/// step. A backward direction runs from the last step to the first; its steps are still numbered by the text.
template <class S>
class LayerTape {
 public:
  LayerTape() = default;
  LayerTape(const nn::CellInfo& info, Index hidden, bool reverse)
      : info_(&info), hidden_(hidden), reverse_(reverse) {}

  /// Makes room for T steps of B entries; `forced` adds room for raw values. Keeps its memory where that
  /// suffices. All values are undefined afterwards, initial states included.
  void resize(Index steps, Index batch, bool forced);

  const nn::CellInfo& info() const { return *info_; }
  Index hidden() const { return hidden_; }
  Index steps() const { return steps_; }
  Index batch() const { return batch_; }
  bool reverse() const { return reverse_; }
  bool forced() const { return forced_; }

  /// Used values, gradients and raw values of channel k at step t: (H, B).
  S* value(int k, Index t) { return values_.data() + offset(k, block_of(t)); }
  S* gradient(int k, Index t) { return gradients_.data() + offset(k, block_of(t)); }
  S* raw(int k, Index t) { return (forced_ ? raw_ : values_).data() + offset(k, block_of(t)); }
  /// The same one step earlier in the layer's own direction; before the first step, the initial state.
  S* previous_value(int k, Index t) { return values_.data() + offset(k, block_before(t)); }
  S* previous_gradient(int k, Index t) { return gradients_.data() + offset(k, block_before(t)); }

  /// State and its gradient before the first step: (H, B).
  S* initial_value(int k) { return values_.data() + offset(k, reverse_ ? steps_ : 0); }
  S* initial_gradient(int k) { return gradients_.data() + offset(k, reverse_ ? steps_ : 0); }
  /// The state after the last step: (H, B).
  S* final_value(int k) { return value(k, reverse_ ? 0 : steps_ - 1); }

  /// All steps of a channel: (H, T*B).
  MatrixView<S> values(int k) { return {value(k, 0), hidden_, steps_ * batch_}; }
  ConstMatrixView<S> values(int k) const {
    return {values_.data() + offset(k, block_of(0)), hidden_, steps_ * batch_};
  }
  MatrixView<S> gradients(int k) { return {gradient(k, 0), hidden_, steps_ * batch_}; }
  ConstMatrixView<S> gradients(int k) const {
    return {gradients_.data() + offset(k, block_of(0)), hidden_, steps_ * batch_};
  }
  ConstMatrixView<S> raw_values(int k) const {
    return {(forced_ ? raw_ : values_).data() + offset(k, block_of(0)), hidden_, steps_ * batch_};
  }
  /// The states that enter each step: (H, T*B).
  ConstMatrixView<S> previous_values(int k) const {
    return {values_.data() + offset(k, block_before(0)), hidden_, steps_ * batch_};
  }

  /// The number of the first step, for rules that name steps: above 0 where a text is read piece by piece.
  Index first_step = 0;

  /// Where its values and gradients lie, for the kernels; weights, input and rules are the layer's to add.
  nn::StepSequence<S> step_sequence();

  /// Scratch of the layer, which the time loop does not allocate: of its weight gradients' products, of what
  /// its steps are handed, and sums over all steps (H).
  OuterProductScratch<S> scratch;
  nn::StepScratch<S> step_scratch;
  Vector<S> sum;

 private:
  Index block_of(Index t) const { return reverse_ ? t : t + 1; }
  Index block_before(Index t) const { return reverse_ ? t + 1 : t; }
  Index offset(int k, Index block) const { return k * stride_ + block * hidden_ * batch_; }

  const nn::CellInfo* info_ = nullptr;
  Index hidden_ = 0, steps_ = 0, batch_ = 0, stride_ = 0;
  bool reverse_ = false, forced_ = false;
  Buffer<S> values_, gradients_, raw_;
};

extern template class LayerTape<float>;
extern template class LayerTape<double>;

}  // namespace gatescope::trace
