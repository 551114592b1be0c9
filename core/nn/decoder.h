#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/math/product.h"
#include "core/math/rng.h"
#include "core/nn/decoder_rules.h"
#include "core/nn/dropout_key.h"
#include "core/nn/params.h"
#include "core/nn/plan.h"
#include "core/nn/step_back.h"
#include "core/nn/trace.h"

/// The second half of an encoder-decoder, over the same steps as the first: those of the source come first,
/// then those of the target, at each of which it reads the symbol before it and tells the next.
///
/// With E y the embedding of what is read, h_j what the encoder's topmost layer gave at the source's step j,
/// s_t the hidden state of the decoder's topmost layer:
///
///   none      s_t = cells(E y, s_{t-1}), told from s_t                                      [sutskever2014]
///   bahdanau  e_tj = v tanh(W_q s_{t-1} + W_k h_j), α_t = softmax e_t, c_t = Σ_j α_tj h_j   [bahdanau2015]
///             s_t = cells([E y; c_t], s_{t-1}), told from [s_t; c_t; E y]
///   dot, general, concat
///             s_t = cells([E y; z_{t-1}], s_{t-1}), with z there where input is fed         [luong2015]
///             e_tj = s_t h_j, or s_t (W_k h_j), or v tanh(W_q s_t + W_k h_j); α_t and c_t as above
///             z_t = tanh(W_c [c_t; s_t]), told from z_t
///
/// It begins from the states in which the encoder ended: of two directions from those of the backward one,
/// which has just read the first symbol; with bahdanau the hidden state is tanh(W h) of it. A decoder of
/// another cell begins with tanh(W h) of the encoder's hidden state alone: its own hidden state where it
/// keeps one, else its memory of H numbers. What options of the layers keep begins anew. What it reads is
/// the truth, or what it told itself one step before (the likeliest symbol; no gradient goes through that
/// choice), as the feed gate says. Steps count from the target's first in its rules.
namespace gatescope::nn {

/// Where the parameters begin in the flat buffer.
struct DecoderPlaces {
  Index embedding = -1;  // the encoder's where they share it
  std::vector<LayerParameters> layers;
  std::vector<Index> bridges;  // one a layer, with bahdanau
  Index query = -1, key = -1, energy = -1, combine = -1, head_weight = -1, head_bias = -1;
};

/// Adds its parameters to the table.
DecoderPlaces lay_out_decoder(const ModelSpec& spec, const Interface& interface, std::span<const Sizes> sizes,
                              Index shared_embedding, ParameterTable& table);
/// The sizes of its layers, from the lowest up.
std::vector<Sizes> decoder_sizes(const ModelSpec& spec);
/// Into how many heads the units of a layer are cut: of two cells one may have none.
Index heads_of(const ModelSpec& spec, int layer);

/// What the decoder begins with, of each of its layers: a channel of the encoder where it ended, as a channel
/// of the decoder.
struct Crossing {
  int from, to;
  bool bent;  // as tanh(W h)
};
std::vector<Crossing> crossings(const ModelSpec& spec);
/// Throws Error for a model that cannot have a decoder.
void check_decoder(const ModelSpec& spec, const Interface& interface);

template <class S>
class Decoder {
 public:
  Decoder(const ModelSpec& spec, const Interface& interface, std::span<const Sizes> sizes,
          DecoderPlaces places);

  std::span<const std::unique_ptr<SteppedLayer<S>>> layers() const { return layers_; }
  void initialise(const ModelSpec& spec, S* parameters, Rng& rng) const;
  int pieces() const { return static_cast<int>(layers_.size()) * layers_[0]->pieces() + 1; }
  void prepare(int piece, const S* parameters);
  void force(std::span<const ForceRule> rules);

  /// Gives the pair's tape its size; where it begins is found once what is read is known.
  void resize(Trace<S>& trace) const;
  /// Finds the sources in what is given, (T*B), and begins the states of the encoder's tapes.
  void begin(Trace<S>& trace, const int* given) const;

  /// One direction of a layer of the encoder over the sources: each from its first symbol on.
  void encode(const Layer<S>& layer, LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>& plan,
              const PairTape<S>& pair) const;
  /// Back over them, after backward() and the layers above; `number` is the layer's.
  void encode_back(const Layer<S>& layer, LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>& plan,
                   const PairTape<S>& pair, int number, S* gradients) const;

  /// After the encoder: the targets, and the outputs of the trace.
  void forward(Trace<S>& trace, const int* given, const S* parameters, std::span<const Plan<S>> plans,
               const std::optional<DropoutKey>& random) const;
  /// After score(): adds the gradients of its parameters, and leaves those of the encoder's outputs
  /// and of the states in which it ended.
  void backward(Trace<S>& trace, std::span<const Plan<S>> plans, S* gradients) const;

 private:
  bool attends() const { return attention_ != Attention::none; }
  /// Whether attention comes before the cells' step, with what the step before left.
  bool looks_first() const { return attention_ == Attention::bahdanau; }
  bool is_additive() const { return places_.energy >= 0; }
  LayerTape<S>& tape(Trace<S>& trace, std::size_t layer) const { return trace.tapes[first_tape_ + layer]; }
  /// The tape whose last states the decoder's layer begins from.
  LayerTape<S>& ended(Trace<S>& trace, std::size_t layer) const {
    const auto directions = static_cast<std::size_t>(directions_);
    return trace.tapes[layer * directions + directions - 1];
  }
  LayerInput<S> input_of(Trace<S>& trace, std::size_t layer) const {
    if (layer == 0) return {nullptr, trace.pair.inputs.data()};
    if (const Matrix<S>& dropped = trace.pair.between[layer]; dropped.size() > 0)
      return {nullptr, dropped.data()};
    return {nullptr, tape(trace, layer - 1).value(cell_.output, 0)};
  }
  void annotate(Trace<S>& trace) const;
  void drop(Trace<S>& trace, std::size_t layer, Index t, const DropoutKey& random) const;
  void cross_bridge(Trace<S>& trace) const;
  void return_over_bridge(Trace<S>& trace, S* gradients) const;
  void read(Trace<S>& trace, Index t, const int* given, const std::optional<DropoutKey>& random) const;
  void attend(PairTape<S>& pair, Index t, Index batch, const S* query) const;
  void attend_back(PairTape<S>& pair, Index t, Index batch, const S* query, S* query_gradient,
                   S* gradients) const;
  void query_weight_gradients(Trace<S>& trace, S* gradients) const;
  void combine_weight_gradients(Trace<S>& trace, S* gradients) const;
  /// (H, B) for the gradient of what enters a layer that is not the lowest.
  S* below(PairTape<S>& pair, Index batch) const {
    pair.below.resize(hidden_, batch);
    return pair.below.data();
  }
  void tell(Trace<S>& trace, Index t, const S* parameters) const;
  void outer_product(const S* d, Index rows, const S* of, Index columns, Index count, S* to,
                     LayerTape<S>& with) const;

  const CellInfo& cell_;
  Attention attention_;
  bool feeds_;
  int directions_;
  double dropout_;
  std::vector<Crossing> crossings_;
  Index hidden_, annotation_, embedding_, outputs_, features_, inputs_;  // widths
  std::size_t first_tape_;
  DecoderPlaces places_;
  std::vector<std::unique_ptr<SteppedLayer<S>>> layers_;
  PackedMatrix<S> query_, query_transposed_, key_, key_transposed_, combine_, combine_transposed_, head_,
      head_transposed_;
  std::vector<PackedMatrix<S>> bridges_, bridges_transposed_;
  Vector<S> energy_weights_;
  DecoderRules<S> feed_, alpha_, energy_, context_;
  std::vector<DecoderRules<S>> bridge_;  // one a layer
};

extern template class Decoder<float>;
extern template class Decoder<double>;

}  // namespace gatescope::nn
