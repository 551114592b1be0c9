#pragma once

#include <optional>
#include <string>

#include "core/math/types.h"
#include "core/nn/sizes.h"

namespace gatescope::nn {

// Enough for any lesson; more is a slip of the finger, or a damaged file, that would take gigabytes.
inline constexpr Index kMaxHidden = 8192;
inline constexpr int kMaxLayers = 64;
inline constexpr int kMaxWindow = 64;
inline constexpr Index kMaxInterface = 1 << 21;  // inputs or outputs; Unicode has 1,114,112 characters

/// How weights begin.
enum class Weights {
  automatic,   // uniform as PyTorch; a cell with an identity start begins with that
  pytorch,     // U(-1/sqrt(H), 1/sqrt(H)); biases too, where both weights are so
  glorot,      // U(-a, a), a = sqrt(6 / (rows + columns)) a gate [glorot2010]; biases 0
  orthogonal,  // each gate's matrix orthogonal [saxe2014]; biases 0
  identity,    // recurrent weights only [le2015]; biases 0
};

struct Initialisation {
  Weights input = Weights::automatic;
  Weights recurrent = Weights::automatic;
  // The following act on cells that have what they set, starts.h says which.
  double gain = 1;  // multiplies the recurrent weights
  /// Bias of the forget (update) gate, in the units of its pre-activation; none: as the weights' rule has it.
  std::optional<double> forget_bias;
  /// The longest lag for chrono initialisation [tallec2018], in steps: keep bias = log U(1, chrono - 1),
  /// write bias its negative. 0: off, else 3 or more.
  int chrono = 0;

  bool operator==(const Initialisation&) const = default;
};

/// How a decoder looks at what the encoder read.
enum class Attention {
  none,      // not at all: it begins from the encoder's last states [sutskever2014]
  bahdanau,  // v tanh(W s of the step before + U h) [bahdanau2015]
  dot,       // s h, with s of the same step [luong2015]
  general,   // s W h
  concat,    // v tanh(W s + U h)
};

/// Whether what was attended to can join the next input.
constexpr bool can_feed_input(Attention attention) {
  return attention != Attention::none && attention != Attention::bahdanau;
}

/// The second half of an encoder-decoder, which writes what the first half, the encoder, has read: as many
/// layers of as many units, in one direction.
struct DecoderSpec {
  Attention attention = Attention::none;
  bool input_feeding = false;    // of dot, general, concat: what was attended to joins the next input
  bool shared_embedding = true;  // with the encoder
  std::string cell = {};         // of its layers; empty: the encoder's

  bool operator==(const DecoderSpec&) const = default;
};

/// How the numbers that leave a stack are brought to one size (readout_norm.h).
enum class Norm { none, rms, layer };

/// Everything that says what a network is.
struct ModelSpec {
  std::string name;  // in legends and file names; empty: the cell's
  std::string cell = "lstm";
  Index hidden = 64;
  int layers = 1;
  bool bidirectional = false;
  double dropout = 0;   // between layers, in [0, 1)
  Index embedding = 0;  // width of the embedding; 0: one-hot
  Initialisation init;
  Index heads = 1;  // groups of units that recurrent weights connect; a divisor of `hidden`
  // What every layer does with its input before the cell (input_filter.h):
  bool norm = false;         // root mean square norm
  bool token_shift = false;  // mixes it with the step before
  int conv = 0;              // steps that a causal convolution reaches over, 2 or more; 0: none
  // What every layer does with the hidden state before it leaves (output_filter.h):
  bool head_norm = false;                   // norm of every head
  bool output_gate = false;                 // multiplies it with a SiLU of the layer's input
  bool projection = false;                  // mixes the units by a matrix
  bool residual = false;                    // adds the layer's input, where that has H numbers
  Norm last_norm = Norm::none;              // before the read-out, of one stack
  double norm_epsilon = kNormEpsilon;       // what root mean square norms add to the mean of squares
  std::optional<DecoderSpec> decoder = {};  // none: one stack reads and tells

  /// The key of a layer's cell.
  const std::string& cell_key(int layer) const {
    return decoder && layer >= layers && !decoder->cell.empty() ? decoder->cell : cell;
  }
  /// Whether the decoder's layers are of another cell than the encoder's.
  bool has_two_cells() const { return decoder && cell_key(layers) != cell; }
  /// Units that a head has at least: a norm of one number takes its mean out, and 0 is left.
  Index least_units_of_head() const { return head_norm ? 2 : 1; }
  /// Layers of encoder and decoder together, which is how rules and figures count them.
  int all_layers() const { return layers * (decoder ? 2 : 1); }
  /// How many numbers leave a layer of the stack, or of the encoder.
  Index gives() const { return hidden * (bidirectional ? 2 : 1); }
  /// Whether a layer has two directions: of an encoder-decoder the encoder's alone may.
  bool has_backward(int layer) const { return bidirectional && layer < layers; }

  bool operator==(const ModelSpec&) const = default;
};

enum class InputKind { characters, values };
enum class Readout { softmax, linear };

// Characters of pairs.
inline constexpr int kFill = 0;   // stands before shorter sources and behind shorter targets
inline constexpr int kStart = 1;  // the target begins
inline constexpr int kEnd = 2;    // it is over

/// Gives a decoder another attention, and takes what does not go with it: input feeding, and with dot the
/// second direction of the encoder.
inline void set_attention(ModelSpec& model, Attention attention) {
  model.decoder->attention = attention;
  if (!can_feed_input(attention)) model.decoder->input_feeding = false;
  if (attention == Attention::dot) model.bidirectional = false;
}

/// Gives a decoder's layers a cell; that of the encoder goes without saying.
inline void set_decoder_cell(ModelSpec& model, const std::string& key) {
  model.decoder->cell = key == model.cell ? "" : key;
}

/// What comes into a network and goes out of it.
struct Interface {
  InputKind input = InputKind::characters;
  Index inputs = 0;  // number of characters, or of values a step
  Readout readout = Readout::softmax;
  Index outputs = 0;  // number of classes, or of values
  /// Sequences are pairs, one after the other: a source, a sign, a target. Of the characters the first ones
  /// are what kFill, kStart and kEnd say.
  bool pairs = false;

  bool operator==(const Interface&) const = default;
};

}  // namespace gatescope::nn
