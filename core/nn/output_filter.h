#pragma once

// What a layer may do with the hidden state h of its cell before it leaves, as an option of every cell. The
// cell itself goes on with h.
//
//   hm_t = 1/d Σ_j h_t,j                                        mean of the units j of a head, (G)
//   hd_t = sqrt(1/d Σ_j (h_t,j - hm_t)² + 1e-5)                 their deviation, (G)
//   hn_t = γ ⊙ (h_t - hm_t) / hd_t                              group norm, one group a head [wu2018]
//   oz_t = G u_t,  og_t = SiLU(oz_t)                            output gate of the layer [gu2024]
//   hg_t = hn_t ⊙ og_t
//   hp_t = M hg_t                                               projection, (H x H), or (E x H)
//   xb_t = x_t,  ho_t = xb_t + hp_t                             residual connection [he2016]
//
// Each may stand alone; the next then takes what came before it. u is what enters the layer's convolution:
// its input, normed and shifted where it is (input_filter.h). x is the input as it came. A layer whose input
// has other numbers than leave it, H or E of a stream of another width, has nothing to add, as the lowest one
// over one-hot characters: its xb is 0. γ begins at 1, G and M as PyTorch's linear layers; there are no
// biases, as in the authors' programs of Mamba and xLSTM.

#include <memory>

#include "core/math/product.h"
#include "core/nn/layer_table.h"
#include "core/nn/step_back.h"

namespace gatescope::nn {

/// A cell with a filter of what leaves it, behind an input filter.
template <class S>
class OutputFilter final : public SteppedLayer<S> {
 public:
  OutputFilter(const CellInfo& info, const Sizes& sizes, const LayerParameters& at,
               std::unique_ptr<SteppedLayer<S>> cell);

  const CellInfo& info() const override { return info_; }
  const Sizes& sizes() const override { return sizes_; }
  int pieces() const override { return cell_->pieces() + 1; }
  void prepare(int piece, const S* parameters) override;
  void forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                     const StepRange& range) const override;
  void backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                      const StepRange& range) const override {
    cell_->backward_steps(tape, input, plan, gradients, range);
  }
  /// Adds what it hands to the layer's input and to what enters the gate to the gradients in the tape.
  void add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients, S* input_gradient,
                     const StepRange& range) const override;
  void step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                 S* input_gradient) const override;
  void add_product_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients) const override;
  void leave(LayerTape<S>& tape, const Plan<S>* plan) const override;
  void leave_back(LayerTape<S>& tape, const Plan<S>* plan, S* gradients) const override;

 private:
  void forward(LayerTape<S>& tape, Index first, Index count) const;
  void backward(LayerTape<S>& tape, Index first, Index count, S* gradients, bool adds) const;
  void normalise(LayerTape<S>& tape, Index t) const;
  void normalise_back(LayerTape<S>& tape, Index t, S* gradients) const;
  void gate(LayerTape<S>& tape, Index t) const;
  void gate_back(LayerTape<S>& tape, Index t) const;
  void add_input(LayerTape<S>& tape, Index t) const;
  void add_input_back(LayerTape<S>& tape, Index t) const;
  void copy_back(LayerTape<S>& tape, Index t) const;
  void product_gradients(LayerTape<S>& tape, S* gradients, Index first, Index count) const;
  void add_input_gradients(LayerTape<S>& tape, Index first, Index count) const;
  void multiply(LayerTape<S>& tape, const PackedMatrix<S>& matrix, int from, int to, Index first,
                Index count) const;
  void multiply_back(LayerTape<S>& tape, const PackedMatrix<S>& transposed, int from, int to, Index first,
                     Index count) const;
  void outer_products(LayerTape<S>& tape, int parameter, int from, int to, S* gradients, Index first,
                      Index count) const;
  /// H numbers of all entries.
  Index numbers(const LayerTape<S>& tape) const { return sizes_.hidden * tape.batch(); }
  /// The same of what leaves the layer.
  Index leaving(const LayerTape<S>& tape) const { return tape.width(info_.output) * tape.batch(); }

  const CellInfo& info_;
  Sizes sizes_;
  LayerParameters at_;
  std::unique_ptr<SteppedLayer<S>> cell_;
  const LayerPlaces& places_;
  int hidden_;      // the cell's own h
  bool passes_by_;  // its input is added
  Buffer<S> head_scale_;
  PackedMatrix<S> gate_weight_, gate_transposed_, out_weight_, out_transposed_;
};

extern template class OutputFilter<float>;
extern template class OutputFilter<double>;

}  // namespace gatescope::nn
