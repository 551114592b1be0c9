#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/layer_options.h"
#include "core/nn/sizes.h"

/// A cell as data: what everything outside the time loop needs to know of it stands in its tables, and
/// nothing else in the program knows a cell or a channel by its letter.
namespace gatescope::nn {

inline constexpr int kNone = -1;
inline constexpr int kInput = -2;  // the source of a product with what enters the layer

/// What a channel is to the cell. Ranges of colours and default views follow from it.
enum class Role { gate, candidate, cell_state, hidden_state, internal };

std::string_view to_string(Role role);

/// What a gate is called in the field, which gives it its colour.
enum class Gate { other, forget, update, input, output, reset };

/// How a share of the memory follows from a gate.
enum class Share {
  none,   // not at all
  value,  // it is the gate's value
  rest,   // it is 1 less the gate's value
};

/// The function that a channel's value is of its pre-activation, which rules can act on as well (`f~=0`).
enum class Activation { none, sigmoid, tanh, relu, silu, softplus, exponential };

/// One named quantity of a cell: (extent, T*B) values over a sequence.
struct Channel {
  std::string_view symbol;  // the paper's letter: what rules, files and equations call it
  std::string_view name;    // the field's term
  Role role;
  double low, high;  // the range of its values, infinite where there is none
  Gate gate = Gate::other;
  Share keeps = Share::none;   // which share of the old memory stays
  Share writes = Share::none;  // which share of the candidate comes in
  Extent extent = kUnits;
  Activation activation = Activation::none;
  double closed = 0, open = 1;  // the values at which nothing, and all, goes through: what rules call so
  bool remade = false;  // the way back computes it anew where no rule acts, so that training need not keep it
  /// Of the pre-activation of a gate that keeps the memory: the gate is the root of its σ of this order. 0:
  /// it is no such pre-activation.
  std::uint8_t root_before_keep = 0;

  /// Whether closed and open are other numbers than 0 and 1.
  constexpr bool has_own_words() const { return closed != 0 || open != 1; }
  /// Whether it opens and closes: a gate, or what stands for one.
  constexpr bool is_valve() const { return role == Role::gate || has_own_words(); }
  /// Whether it is one number a unit, rather than several or a number of something else.
  constexpr bool one_a_unit() const { return extent == kUnits; }
};

/// As equations and legends write a channel: "fₜ"; with a number, "K₀ₜ".
std::string written(const Channel& channel, std::optional<int> number = {});

/// A channel that a step finds as the step before it left it.
struct State {
  int channel;
  double initial = 0;   // before the first step of a text
  bool carried = true;  // from one batch of a training to the next
};

/// The logarithm of a normaliser before the first step of a text, when it is 0.
inline constexpr double kNoNormaliser = -1e30;

/// How a parameter begins.
enum class Start {
  input,      // weights of what enters the layer, after the experiment's rule for these
  passing,    // the same, but the identity where H numbers enter and the experiment does not say otherwise
  recurrent,  // weights of the cell's own channels, after the experiment's rule for these
  identity,   // the same, but the identity where the experiment does not say otherwise [le2015]
  zero,       // the same, but 0 where the experiment does not say otherwise
  bias,       // as PyTorch where the weights do, else 0
  uniform,    // U(-1/sqrt(H), 1/sqrt(H))
  fan_in,     // U(-1/sqrt(columns), 1/sqrt(columns)), as PyTorch's linear layers
  own,        // ParameterInfo::begin
};

/// Whether an optimizer's weight decay draws a parameter towards 0: weights yes; biases, and what sets a time
/// constant or a gain, no.
enum class Decay { yes, no };

/// What the equations take a parameter of units as; its gradient stays that of what is kept.
enum class Used { itself, exponential };

/// One parameter of a layer.
struct ParameterInfo {
  std::string_view letter;  // in equations
  std::string_view name;    // in files, between "rnn." and the layer's number
  Extent rows;
  Extent cols = {};
  bool is_vector = false;  // its shape in files is (rows), not (rows, 1)
  Start start = Start::uniform;
  double (*begin)(Index row, Index column, Index rows) = nullptr;  // with Start::own
  Used used = Used::itself;
  Decay decay = Decay::yes;
};

/// to += M from, where M are the rows of a parameter that block `block` of the receiver's height holds. A
/// parameter with kHeadWidth columns connects the units of each head alone.
struct Product {
  int parameter;
  int block;
  int from;  // kInput, or a channel: a state is taken from step t-1, any other channel from step t
  int to;    // the channel that receives it
};

/// to += b, a block of a parameter.
struct Bias {
  int parameter;
  int block;
  int to;
  /// What it begins with where the experiment does not say otherwise; null: as its parameter does.
  double (*start)(Index unit, Index hidden) = nullptr;
};

/// One line of a cell's equations as a person reads it; analysis/equations.h fills in its numbers and a test
/// holds it against what forward() computes. Channels are written by their symbols with the step, fₜ or cₜ₋₁,
/// and the layer's parameters by their letters:
///   W x, U s   what its products with the input and with the channel s add to the channel
///   b, p       the channel's bias, both of PyTorch's together, and its peephole
///   P u        what the product by the parameter of another letter with the channel u adds
///   A, D       a number of the unit, of a parameter of units
///   Σ()        the sum over the memories of what has N numbers a unit, or a head
///   norm(sₜ)   the channel less its mean over the units, over their deviation sqrt(mean of squares + 1e-5)
///   conv(κ, sₜ, dₜ₋₁)  the weights of the window times s and, further back, what d holds of earlier steps
///   + − ⊙ / ( ) σ() tanh() ReLU() SiLU() softplus() log() exp() sqrt() max(,) and whole numbers; a quotient
///   by 0 is 0: there is nothing to be shared out
/// A channel of heads is that of the unit's head.
struct Formula {
  int channel;
  std::string_view text;  // "σ(W x + U h + b)"
  int rows = kNone;       // whose W, U and b stand in it, where that is not the channel itself
  int peephole = kNone;   // which peephole vector p is
  bool inlined = false;   // stands inside other equations rather than in a line of its own
};

/// The sizes of a layer with I inputs and H units in G heads.
using SizesOf = Sizes (*)(Index inputs, Index hidden, Index heads);
inline constexpr SizesOf kPlainSizes = [](Index inputs, Index hidden, Index heads) {
  return Sizes{.inputs = inputs, .hidden = hidden, .heads = heads};
};

struct LayerPlaces;

struct CellInfo {
  std::string_view key;       // in experiments and on the command line
  std::string_view title;     // in legends
  std::string_view citation;  // a key of assets/references.bib
  std::span<const Channel> channels;
  std::span<const State> states;
  int output;  // the channel that leaves the layer, of H numbers; see hidden()
  std::span<const ParameterInfo> parameters;
  std::span<const Product> products;
  std::span<const Bias> biases;
  std::span<const Formula> formulas;  // every channel's, in the order of computation
  /// The options of a layer that the cell is by itself, or must not have around it, besides an output gate
  /// that its channels name: a block leaves them out.
  LayerOptions does = {};
  SizesOf sizes = kPlainSizes;
  bool free_memories = false;  // a model may say another N
  /// Of a cell in a layer with options (layer_table.h): the channel that enters its products in the input's
  /// place; the cell without the options, whose channels, parameters, products and biases come first; and
  /// where those of the options are.
  int input = kNone;
  const CellInfo* plain = nullptr;
  const LayerPlaces* places = nullptr;
  bool squashes = false;  // the hidden state is at most tanh of the cell state

  /// The channel of that symbol, or kNone.
  int find(std::string_view symbol) const;
  /// Whether the channel keeps its value from one step to the next.
  constexpr bool is_state(int channel) const {
    for (const State& state : states)
      if (state.channel == channel) return true;
    return false;
  }
  /// Whether a product or a bias connects the channel.
  constexpr bool is_connected(int channel) const {
    for (const Product& product : products)
      if (product.from == channel || product.to == channel) return true;
    for (const Bias& bias : biases)
      if (bias.to == channel) return true;
    return false;
  }
  /// Whether the channel has one number a unit, or several.
  constexpr bool counts_units(int channel) const { return channels[channel].extent.of == Size::hidden; }
  /// The cell without its layer's options; itself where the layer has none.
  constexpr const CellInfo& alone() const { return plain ? *plain : *this; }
  /// The cell's own hidden state, which it goes on with; the output where the layer has no options.
  constexpr int hidden() const { return plain ? plain->output : output; }
  /// The cell state where there is one, else the hidden state.
  int memory() const;
  bool has_cell_state() const { return memory() != hidden(); }
  /// The ways of the gradient back in time that views show: the memory, then the hidden state where that is
  /// another one.
  std::vector<int> paths() const;
  /// The first channel of that role, or kNone.
  int first(Role role) const;
  /// The gate that says how much of the memory stays, or kNone.
  int keep_gate() const;
  /// The product of that source that the channel receives, or null.
  const Product* product(int from, int to) const;
  /// The channels whose bias, before a σ, keeps the memory if it is high, and lets new content in, or kNone.
  int keep_bias() const;
  int write_bias() const;
  /// Whether there are recurrent weights at all.
  bool recurrent() const;
  /// Whether no product connects channels and a unit has several numbers: every entry of a batch is led
  /// through all its steps by itself, so that its memories stay in a cache.
  constexpr bool is_run_by_entries() const {
    bool several = false;
    for (const Channel& channel : channels) several = several || channel.extent == kUnitMemories;
    for (const Product& product : products)
      if (product.from != kInput) return false;
    return several;
  }
  /// Whether the product connects the units of each head alone.
  constexpr bool by_heads(const Product& product) const {
    return parameters[product.parameter].cols.of == Size::head;
  }
  /// Whether its units can be cut into heads.
  bool has_heads() const;
  /// Whether the parameter is neither a matrix of products nor a bias: numbers a unit, in columns of H, or an
  /// input.
  constexpr bool is_of_units(int parameter) const {
    for (const Product& product : products)
      if (product.parameter == parameter) return false;
    for (const Bias& bias : biases)
      if (bias.parameter == parameter) return false;
    return true;
  }
};

/// The parameters, products and biases of R row blocks as PyTorch keeps them: weight_ih, weight_hh, bias_ih
/// and bias_hh with a block a gate. A block's input product goes to one channel, its recurrent one to the
/// same or to another; a cell without recurrent weights has neither these nor their biases.
struct Rows {
  int input;      // the channel that receives W x + b_ih
  int recurrent;  // the channel that receives U s + b_hh, or kNone
  int source;     // the channel s
};

template <std::size_t R, bool Recurrent = true>
struct PytorchRows {
  enum : int { weight_ih, weight_hh, bias_ih, bias_hh };

  std::array<Product, Recurrent ? 2 * R : R> products{};
  std::array<Bias, Recurrent ? 2 * R : R> biases{};

  constexpr explicit PytorchRows(const std::array<Rows, R>& rows) {
    constexpr int input_biases = Recurrent ? bias_ih : 1;
    for (std::size_t r = 0; r < R; ++r) {
      const int block = static_cast<int>(r);
      products[r] = {weight_ih, block, kInput, rows[r].input};
      biases[r] = {input_biases, block, rows[r].input};
      if constexpr (Recurrent) {
        products[R + r] = {weight_hh, block, rows[r].source, rows[r].recurrent};
        biases[R + r] = {bias_hh, block, rows[r].recurrent};
      }
    }
  }

  /// Their parameters, with more of the cell's own behind them.
  template <class... More>
  static constexpr auto parameters(Start recurrent, More... more) {
    constexpr Extent height = static_cast<int>(R) * kUnits;
    if constexpr (Recurrent) {
      return std::array<ParameterInfo, 4 + sizeof...(More)>{
          {{.letter = "W", .name = "weight_ih", .rows = height, .cols = kInputWidth, .start = Start::input},
           {.letter = "U", .name = "weight_hh", .rows = height, .cols = kUnits, .start = recurrent},
           bias("bias_ih"),
           bias("bias_hh"),
           more...}};
    } else {
      return std::array<ParameterInfo, 2 + sizeof...(More)>{
          {{.letter = "W", .name = "weight_ih", .rows = height, .cols = kInputWidth, .start = Start::input},
           bias("bias_ih"),
           more...}};
    }
  }
  static constexpr ParameterInfo bias(std::string_view name) {
    return {.letter = "b",
            .name = name,
            .rows = static_cast<int>(R) * kUnits,
            .is_vector = true,
            .start = Start::bias,
            .decay = Decay::no};
  }
};

/// A cell is a stateless struct: its equations, its tables, and one step forward directly above one step
/// backward. `Step` (level/step.h) gives it the channels of step t, a register at a time.
template <class C>
concept Cell = requires {
  { C::info } -> std::convertible_to<const CellInfo&>;
};

}  // namespace gatescope::nn
