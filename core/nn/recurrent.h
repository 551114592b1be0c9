#pragma once

#include <vector>

#include "core/math/product.h"
#include "core/nn/cell_steps.h"
#include "core/nn/step_back.h"

namespace gatescope::nn {

/// A layer of one cell: hands its steps to the kernels of this processor, and computes the weight gradients
/// of all steps as one product. Products with dense input are one product for all steps; characters are
/// gathered.
template <class S>
class Recurrent final : public SteppedLayer<S> {
 public:
  Recurrent(const CellInfo& info, const CellSteps<S>& cell_steps, const Sizes& sizes, bool one_hot,
            const LayerParameters& at);

  const CellInfo& info() const override { return info_; }
  const Sizes& sizes() const override { return sizes_; }
  int pieces() const override { return static_cast<int>(products_.size()) + 1; }
  void prepare(int piece, const S* parameters) override;
  void forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                     const StepRange& range) const override;
  void backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                      const StepRange& range) const override;
  void add_product_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients) const override {
    add_gradients(tape, input, gradients, nullptr, {0, tape.steps()});
  }
  void add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients, S* input_gradient,
                     const StepRange& range) const override;
  void step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                 S* input_gradient) const override;

 private:
  /// The weights of one product, packed, and what a character adds to its receiver.
  struct PackedProduct {
    PackedMatrix<S> weights, transposed;
    Buffer<S> heads, heads_transposed;  // in place of these, one after the other
    Vector<S> bias;                     // the sum of the receiver's, where the source is the input
    Matrix<S> table;                    // (rows, I): column v is M one_hot(v) + bias, for characters
  };

  Index width(int channel) const { return sizes_(info_.channels[channel].extent); }
  /// The columns of its source, of all heads together.
  Index columns(const Product& product) const {
    return product.from == kInput ? sizes_.inputs : width(product.from);
  }
  /// Where the block of a parameter that belongs to a channel begins in the flat buffer, and how far its
  /// columns lie apart.
  Index place(int parameter, int block, int channel) const { return at_[parameter] + block * width(channel); }
  Index height(int parameter) const { return sizes_(info_.parameters[parameter].rows); }
  /// Sets `sum` to the sum of a channel's biases; empty where it has none.
  void sum_biases(int channel, const S* parameters, Vector<S>& sum) const;
  bool has_input(int channel) const { return info_.product(kInput, channel) != nullptr; }

  void run(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, bool forwards,
           void (*steps)(const StepSequence<S>&), S* gradients, const StepRange& range) const;
  void pack_heads(const Product& product, PackedProduct& packed, const S* weights) const;
  void dense_input(LayerTape<S>& tape, const LayerInput<S>& input, const StepRange& range) const;
  void product_gradients(LayerTape<S>& tape, const S* x, S* gradients, const StepRange& range) const;
  void add_bias_gradients(S* gradients, int channel, const VectorView<S>& sum) const;
  void own_bias_gradients(LayerTape<S>& tape, S* gradients, const StepRange& range) const;
  void one_hot_gradients(LayerTape<S>& tape, const int* tokens, S* gradients) const;
  void dense_bias_gradients(LayerTape<S>& tape, S* gradients) const;
  void input_gradients(LayerTape<S>& tape, S* input_gradient, const StepRange& range) const;

  const CellInfo& info_;
  const CellSteps<S>& cell_steps_;
  Sizes sizes_;
  bool one_hot_;
  LayerParameters at_;
  std::vector<PackedProduct> products_;
  std::vector<Vector<S>> biases_;    // a channel's sum; empty where it has none or the input enters it
  std::vector<Buffer<S>> of_units_;  // a parameter; empty where it is none of units
  // Where a channel begins among the numbers that units share, and how many there are in all.
  std::vector<Index> shared_starts_;
  Index shared_numbers_ = 0;
};

extern template class Recurrent<float>;
extern template class Recurrent<double>;

}  // namespace gatescope::nn
