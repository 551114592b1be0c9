#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/math/rng.h"
#include "core/nn/decoder.h"
#include "core/nn/layer.h"
#include "core/nn/model_spec.h"
#include "core/nn/params.h"
#include "core/nn/readout.h"
#include "core/nn/readout_norm.h"
#include "core/nn/trace.h"

namespace gatescope::nn {

/// A stack of recurrent layers under a linear map: embedding or one-hot, `layers` layers of one or two
/// directions, dropout between them, softmax or linear read-out; with a decoder the stack reads the source of
/// a pair, and the decoder (decoder.h) writes the target.
template <class S>
class Network {
 public:
  /// Parameters are zero until initialise() or a checkpoint fills them. Throws Error for an unknown cell or a
  /// size that makes no sense.
  Network(const ModelSpec& spec, const Interface& interface);

  const ModelSpec& spec() const { return spec_; }
  const Interface& interface() const { return interface_; }
  /// The cell of a layer: all of an encoder, and all of a decoder, have the same.
  const CellInfo& cell(int layer = 0) const { return layer < spec_.layers ? *cell_ : *decoder_cell_; }
  const ParameterTable& table() const { return table_; }
  Buffer<S>& parameters() { return parameters_; }
  const Buffer<S>& parameters() const { return parameters_; }
  /// How many numbers the states of all layers and directions are, an entry.
  Index state_numbers() const;
  int directions() const { return spec_.bidirectional ? 2 : 1; }
  /// Layers of encoder and decoder, counted on from the encoder's.
  int layers() const { return spec_.all_layers(); }
  bool has_backward(int layer) const { return spec_.has_backward(layer); }
  /// Where a layer's tape is in a trace.
  std::size_t tape_number(int layer, bool backward) const {
    if (layer >= spec_.layers) return static_cast<std::size_t>(layer + spec_.layers * (directions() - 1));
    return static_cast<std::size_t>(layer * directions() + (backward ? 1 : 0));
  }
  /// The layer of a tape.
  int layer_of(std::size_t tape) const {
    const int number = static_cast<int>(tape), encoder = spec_.layers * directions();
    return number < encoder ? number / directions() : number - encoder + spec_.layers;
  }

  void initialise(Rng rng);

  /// Packs the parameters after every change of them; piece p of `pieces()` in any order, on any thread.
  int pieces() const;
  void prepare(int piece);
  void prepare_all();

  /// Says which values the rules force, from now on. Throws Error for a rule that does not fit.
  void force(std::span<const ForceRule> rules);
  bool forced() const { return kept_.raw; }
  /// The sizes of its layers, from the lowest up.
  std::span<const Sizes> sizes() const { return sizes_; }

  /// Gives the trace its size; the same size again costs nothing.
  void resize(Trace<S>& trace, Index steps, Index batch) const;
  /// Sets all states to what they are before the first step of a text.
  void clear_states(Trace<S>& trace) const;
  /// Values and outputs of the trace from its initial states. `input.dense` are values (I, T*B). Of an
  /// encoder-decoder's sources and targets, each of their own length, those of a batch stand such that all
  /// targets begin at the same step; the random numbers say which of their symbols it tells itself.
  void forward(Trace<S>& trace, const LayerInput<S>& input,
               const std::optional<DropoutKey>& dropout = {}) const {
    for (Progress at; forward_piece(trace, input, at, trace.steps, dropout);) {
    }
  }
  /// After score(): adds the gradients of all parameters, (table().size()), and fills the trace's gradients.
  /// `input_gradient` (I, T*B), where not null, is set for value inputs.
  void backward(Trace<S>& trace, const LayerInput<S>& input, S* gradients,
                S* input_gradient = nullptr) const {
    for (Progress at; backward_piece(trace, input, gradients, at, trace.steps, input_gradient);) {
    }
  }

  /// What the read-out of one stack makes of what leaves it, (E, n): outputs (V, n); and its adjoint for
  /// gradients of outputs.
  Matrix<S> told(Matrix<S> leaving) const;
  Matrix<S> told_back(const Matrix<S>& leaving, const Matrix<S>& output_gradients) const;

  /// Whether a layer of an encoder-decoder computes nothing at a step: the encoder after the source, the
  /// decoder before the target.
  bool rests(const Trace<S>& trace, int layer, Index step) const {
    return decoder_ && (layer < spec_.layers) == (step >= trace.pair.start);
  }
  /// Sets what layers have at steps at which they rest to NaN, for people who look: no number was computed
  /// there. After that the trace has no backward pass.
  void blank_rest(Trace<S>& trace) const;

  /// How far a forward or backward pass has come.
  struct Progress {
    Index pass = 0;  // over one direction of a layer, or the read-out
    Index done = 0;  // steps of it
  };
  /// Both a piece at a time, to the same bits: some `steps` of one direction of one layer, or of the
  /// read-out; backward a few more, where they are summed together. False: that was the last piece.
  bool forward_piece(Trace<S>& trace, const LayerInput<S>& input, Progress& at, Index steps,
                     const std::optional<DropoutKey>& dropout = {}) const;
  bool backward_piece(Trace<S>& trace, const LayerInput<S>& input, S* gradients, Progress& at, Index steps,
                      S* input_gradient = nullptr) const;

 private:
  struct Place {
    int layer;
    bool reverse;
  };

  Index layer_inputs(int layer) const { return sizes_[layer].inputs; }
  bool own_input(int layer) const;
  std::span<const Plan<S>> decoder_plans() const {
    return std::span(plans_).subspan(static_cast<std::size_t>(spec_.layers));
  }
  void gather_input(Trace<S>& trace, int layer, const LayerInput<S>& input,
                    const std::optional<DropoutKey>& dropout) const;
  LayerInput<S> input_of(Trace<S>& trace, int layer, const LayerInput<S>& input) const;
  /// The read-out multiplies the directions one by one, or what is normed of both.
  int head_parts() const { return norm_ ? 1 : directions(); }
  Index head_width() const { return spec_.gives() / head_parts(); }
  /// Where a part of what the read-out sees is in a trace, and its gradient.
  S* seen(Trace<S>& trace, int part) const;
  S* seen_gradient(Trace<S>& trace, int part) const;
  /// What leaves the stack in that column, of both directions.
  void gather_leaving(Trace<S>& trace, Index column, S* to) const;
  void norm(Trace<S>& trace, Index first, Index count) const;
  void norm_back(Trace<S>& trace, S* gradients, Index first, Index count) const;
  void read_out(Trace<S>& trace, const StepRange& range) const;
  void backward_head(Trace<S>& trace, S* gradients, const StepRange& range) const;
  void spread_input_gradient(Trace<S>& trace, int layer, const LayerInput<S>& input, S* gradients) const;
  Index index(int layer, int direction) const { return layer * directions() + direction; }

  ModelSpec spec_;
  Interface interface_;
  const CellInfo *cell_, *decoder_cell_;  // the same where there is no decoder of another one
  std::vector<Sizes> sizes_;              // one a layer
  ParameterTable table_;
  Index embedding_ = -1, head_weight_ = -1, head_bias_ = -1;
  std::vector<LayerParameters> at_;
  std::unique_ptr<Decoder<S>> decoder_;
  std::vector<std::unique_ptr<Layer<S>>> layers_;
  std::vector<Plan<S>> plans_;  // one a layer
  KeptValues kept_;
  ReadoutNorm<S> norm_;
  PackedMatrix<S> head_[2], head_transposed_[2];  // one a direction: (V, H) and (H, V)
  Buffer<S> parameters_;
};

/// The names, shapes and places of a network's parameters, without making it. Throws as its constructor does.
ParameterTable parameter_table(const ModelSpec& spec, const Interface& interface);

/// The sizes of a network's layers, from the lowest up, without making it.
std::vector<Sizes> layer_sizes(const ModelSpec& spec, const Interface& interface);

/// The number of parameters of a network, without making it.
Index count_parameters(const ModelSpec& spec, const Interface& interface);

extern template class Network<float>;
extern template class Network<double>;

}  // namespace gatescope::nn
