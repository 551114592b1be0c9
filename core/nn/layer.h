#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/math/types.h"
#include "core/nn/cell.h"
#include "core/nn/layer_tape.h"
#include "core/nn/model_spec.h"
#include "core/nn/params.h"
#include "core/nn/plan.h"

namespace gatescope::nn {

/// What enters a layer over a sequence: characters as numbers, or dense values (I, T*B).
template <class S>
struct LayerInput {
  const int* tokens = nullptr;  // (T*B), each in [0, I): a one-hot input, gathered and never multiplied
  const S* dense = nullptr;     // (I, T*B)
};

/// Where a layer's parameters begin in the flat buffer: one a row of the cell's table.
using LayerParameters = std::vector<Index>;

/// So many steps are summed together in gradients of weights.
inline constexpr Index kStepsTogether = 64;

/// One direction of one recurrent layer. The only virtual calls of a sequence are these.
template <class S>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual const CellInfo& info() const = 0;
  virtual const Sizes& sizes() const = 0;

  /// Packs the parameters for the products to come, after every change of them. The pieces are independent:
  /// piece p of `pieces()`, in any order, on any thread.
  virtual int pieces() const = 0;
  virtual void prepare(int piece, const S* parameters) = 0;

  /// Fills the tape's values from its initial states. The tape has its size; `plan` may be null.
  void forward(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan) const {
    forward_steps(tape, input, plan, {0, tape.steps()});
  }
  /// Fills the tape's gradients. Comes in with the gradient of everything above the layer in the output
  /// channel's, leaves with the total derivative through all later steps there. Adds to `gradients`, laid out
  /// as the parameters, and sets `input_gradient` (I, T*B) where that is not null.
  void backward(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                S* input_gradient) const {
    const StepRange all{0, tape.steps()};
    leave_back(tape, plan, gradients);
    backward_steps(tape, input, plan, gradients, all);
    add_gradients(tape, input, gradients, input_gradient, all);
  }

  // Both a piece at a time, to the same bits; backward after leave_back().
  /// After the steps that the layer's direction has before these.
  virtual void forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                             const StepRange& range) const = 0;
  /// After those that it has behind them. Of the parameters' gradients it adds those that are summed in the
  /// time loop.
  virtual void backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                              S* gradients, const StepRange& range) const = 0;
  /// The parameters' other gradients and the input's, after all of backward_steps(); from the first steps on,
  /// a multiple of kStepsTogether of them at a time.
  virtual void add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients, S* input_gradient,
                             const StepRange& range) const = 0;

  /// Makes what leaves the layer anew from the hidden states as they stand in the tape; nothing where these
  /// leave it themselves.
  virtual void leave(LayerTape<S>& tape, const Plan<S>* plan) const {
    (void)tape;
    (void)plan;
  }
  /// Its adjoint, before the first of backward_steps(): from the gradients of what leaves the layer to those
  /// of the hidden states, with the gradients of the parameters between them.
  virtual void leave_back(LayerTape<S>& tape, const Plan<S>* plan, S* gradients) const {
    (void)tape;
    (void)plan;
    (void)gradients;
  }
};

/// The keys of all cells, in the order of menus.
std::span<const CellInfo* const> all_cells();

/// The cell of that key; throws Error that lists the keys.
const CellInfo& find_cell(std::string_view key);

/// The cell of a model's layer: that of the key, with the channels of the layer's options.
const CellInfo& cell_of(const ModelSpec& spec, int layer = 0);

/// Whether one of a model's cells leaves open how many numbers a unit has beside each other.
bool can_have_state_size(const ModelSpec& spec);
/// Whether other numbers than the units' can go from layer to layer.
bool can_have_width(const ModelSpec& spec);
/// Whether what leaves the stack can be normed before the read-out.
bool can_have_last_norm(const ModelSpec& spec);

/// Of a layer's sizes those that the model says.
void set_sizes(Sizes& sizes, const CellInfo& cell, const ModelSpec& spec);

/// Whether the units of some of a model's layers can be cut into heads.
bool can_have_heads(const ModelSpec& spec);

/// The name of a layer's parameter in files: "rnn.weight_ih_l0", "rnn.weight_ih_l0_reverse"; those of a
/// decoder's layers begin with "decoder.", and count from 0.
std::string parameter_name(const ModelSpec& model, int parameter, int layer, bool reverse);

/// Adds the parameters of one direction of a layer to the table.
LayerParameters add_layer(ParameterTable& table, const ModelSpec& model, const Sizes& sizes, int layer,
                          bool reverse);

/// A layer of the cell `info`; `one_hot` says which kind of input it will get.
template <class S>
std::unique_ptr<Layer<S>> make_layer(const CellInfo& info, const Sizes& sizes, bool one_hot,
                                     const LayerParameters& at);

extern template std::unique_ptr<Layer<float>> make_layer(const CellInfo&, const Sizes&, bool,
                                                         const LayerParameters&);
extern template std::unique_ptr<Layer<double>> make_layer(const CellInfo&, const Sizes&, bool,
                                                          const LayerParameters&);

}  // namespace gatescope::nn
