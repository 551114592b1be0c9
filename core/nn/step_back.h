#pragma once

#include <memory>

#include "core/nn/layer.h"

namespace gatescope::nn {

/// A layer that can be led back one step at a time, for what is asked of single steps: how a state depends on
/// the one before it. It is the same backward pass, of the cell's own equations.
template <class S>
class SteppedLayer : public Layer<S> {
 public:
  /// Step t of the tape alone. The gradients of its states (and of its output, where that is none) come in as
  /// they stand in the tape; those of the states before it leave as what they are by this step, and
  /// `input_gradient` (I, B), where that is not null, as the input's. To `gradients`, laid out as the
  /// parameters, comes what is summed step by step.
  virtual void step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                         S* input_gradient) const = 0;
  /// The parameters' gradients that step_back() has not left, after it went over all steps in turn, each with
  /// real `gradients`: those of products.
  virtual void add_product_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients) const = 0;
};

/// As make_layer().
template <class S>
std::unique_ptr<SteppedLayer<S>> make_stepped_layer(const CellInfo& info, const Sizes& sizes, bool one_hot,
                                                    const LayerParameters& at);

extern template std::unique_ptr<SteppedLayer<float>> make_stepped_layer(const CellInfo&, const Sizes&, bool,
                                                                        const LayerParameters&);
extern template std::unique_ptr<SteppedLayer<double>> make_stepped_layer(const CellInfo&, const Sizes&, bool,
                                                                         const LayerParameters&);

}  // namespace gatescope::nn
