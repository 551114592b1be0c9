#pragma once

#include <vector>

#include "core/math/product.h"
#include "core/nn/cell_steps.h"
#include "core/nn/layer.h"

namespace gatescope::nn {

/// A layer of one cell: hands its steps to the kernels of this processor, and computes the weight gradients
/// of all steps as one product. Input products for dense input are one product for all steps; characters are
/// gathered.
template <class S>
class Recurrent final : public Layer<S> {
 public:
  Recurrent(const CellInfo& info, const CellSteps<S>& cell_steps, Index inputs, Index hidden, bool one_hot,
            const LayerParameters& at);

  const CellInfo& info() const override { return info_; }
  Index hidden() const override { return hidden_; }
  int pieces() const override { return static_cast<int>(rows_.size()); }
  void prepare(int piece, const S* parameters) override;
  void forward(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan) const override;
  void backward(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                S* input_gradient) const override;

 private:
  /// The weights of one row block, packed, and what a character adds to it.
  struct PackedRows {
    PackedMatrix<S> recurrent, recurrent_transposed;  // (H, H)
    PackedMatrix<S> input, input_transposed;          // (H, I) and (I, H), for dense input
    Matrix<S> table;                 // (H, I): column v is W one_hot(v) + biases, for characters
    Vector<S> bias, recurrent_bias;  // (H)
  };

  Index height() const { return static_cast<Index>(rows_.size()) * hidden_; }
  void run(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, bool forwards,
           void (*steps)(const StepSequence<S>&), S* peephole_gradients) const;
  void dense_input(trace::LayerTape<S>& tape, const LayerInput<S>& input) const;
  void recurrent_gradients(trace::LayerTape<S>& tape, S* gradients) const;
  void add_bias_gradient(S* gradients, std::size_t r, const Vector<S>& sum) const;
  void one_hot_gradients(trace::LayerTape<S>& tape, const int* tokens, S* gradients) const;
  void dense_gradients(trace::LayerTape<S>& tape, const S* x, S* gradients, S* input_gradient) const;

  const CellInfo& info_;
  const CellSteps<S>& cell_steps_;
  Index inputs_, hidden_;
  bool one_hot_;
  LayerParameters at_;
  std::vector<PackedRows> rows_;
  Buffer<S> peepholes_;
};

extern template class Recurrent<float>;
extern template class Recurrent<double>;

}  // namespace gatescope::nn
