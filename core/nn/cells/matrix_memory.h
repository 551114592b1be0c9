#pragma once

// What the cells with a matrix for a memory share. A head of d units keeps a matrix (d x d): unit j its row
// m_j, one number for each of the head's keys n, N = d of them.
//
//   m_t,jn = keep ⊙ m_{t-1},jn + w_t,jn u_t,j                  what is kept, and what the key lets in
//   y_t,j = Σ_n q_t,n m_t,jn                                   what the query reads
//
// Each cell says what keeps, what is written and what u is. The papers make gates of a head; here every unit
// has its copy, so that rules act on units as in every other cell. The papers divide keys or queries by the
// root of d: here the weights do. Short convolutions and token shifts before a cell are options of the layer,
// as are norms of a head and the projection behind it (blocks.h).

#include <array>
#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"
#include "core/nn/cells/weighed_output.h"

namespace gatescope::nn {

/// Rows of the tables of these cells.
struct MatrixMemory {
  static constexpr Channel keys(std::string_view symbol, std::string_view name) {
    return {.symbol = symbol,
            .name = name,
            .role = Role::internal,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = kHeadMemories};
  }
  static constexpr Channel of_head(std::string_view symbol, std::string_view name) {
    return {.symbol = symbol,
            .name = name,
            .role = Role::internal,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = kHeads};
  }
  /// The pre-activation of a gate that keeps the memory and is the root of its σ of that order.
  static constexpr Channel before_keep(Channel channel, std::uint8_t root) {
    channel.root_before_keep = root;
    return channel;
  }
  static constexpr Channel of_unit(std::string_view symbol, std::string_view name,
                                   Role role = Role::internal) {
    return {symbol, name, role, -kUnbounded, kUnbounded};
  }
  static constexpr Channel gate(std::string_view symbol, std::string_view name, Gate gate, Share keeps,
                                Activation activation) {
    return {.symbol = symbol,
            .name = name,
            .role = Role::gate,
            .low = 0,
            .high = 1,
            .gate = gate,
            .keeps = keeps,
            .activation = activation};
  }
  /// The keep gate of each of a unit's numbers.
  static constexpr Channel keep_gates() {
    return {.symbol = "K",
            .name = "keep gate",
            .role = Role::gate,
            .low = 0,
            .high = 1,
            .gate = Gate::forget,
            .keeps = Share::value,
            .extent = kUnitMemories,
            .activation = Activation::exponential,
            .remade = true};
  }
  static constexpr Channel step() {
    return step_of_time({.symbol = "dt",
                         .name = "step",
                         .role = Role::internal,
                         .low = 0,
                         .high = kUnbounded,
                         .activation = Activation::softplus});
  }
  static constexpr Channel write(std::string_view name) {
    return {.symbol = "w",
            .name = name,
            .role = Role::internal,
            .low = -kUnbounded,
            .high = kUnbounded,
            .writes = Share::value,
            .extent = kUnitMemories,
            .remade = true};
  }
  static constexpr Channel memory() {
    return {.symbol = "m",
            .name = "memory",
            .role = Role::cell_state,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = kUnitMemories};
  }

  /// Of those with a normaliser.
  static constexpr Channel mean_of_keys() {
    return {.symbol = "n",
            .name = "mean of the keys",
            .role = Role::internal,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = kUnitMemories};
  }

  static constexpr ParameterInfo weights(std::string_view letter, std::string_view name, Extent rows) {
    return {.letter = letter, .name = name, .rows = rows, .cols = kInputWidth, .start = Start::input};
  }
  static constexpr ParameterInfo bias(std::string_view letter, std::string_view name, Extent rows) {
    return {.letter = letter,
            .name = name,
            .rows = rows,
            .is_vector = true,
            .start = Start::bias,
            .decay = Decay::no};
  }
  static constexpr ParameterInfo skip() {
    return {.letter = "D",
            .name = "D",
            .rows = kUnits,
            .is_vector = true,
            .start = Start::own,
            .begin = one,
            .decay = Decay::no};
  }
  static double one(Index, Index, Index) { return 1; }

  /// From the first of `count` to the last, 0 to 1.
  static double part(Index k, Index count) {
    return count < 2 ? 0.5 : static_cast<double>(k) / static_cast<double>(count - 1);
  }
  /// A bias over the heads, as the authors of the mLSTM begin its forget gate's.
  static double from_3_to_6(Index head, Index heads) { return 3 + 3 * part(head, heads); }
  /// softplus(b) is 0.001 for the first head and 0.1 for the last.
  static double step_ladder(Index head, Index heads) {
    return std::log(std::expm1(0.001 * std::pow(100.0, part(head, heads))));
  }
  /// exp(A) is 1 for the first head and 16 for the last.
  static double speed_ladder(Index head, Index heads) { return std::log(1 + 15 * part(head, heads)); }

  static Sizes sizes(Index inputs, Index hidden, Index heads) {
    return {.inputs = inputs, .hidden = hidden, .memories = hidden / heads, .heads = heads};
  }
};

}  // namespace gatescope::nn
