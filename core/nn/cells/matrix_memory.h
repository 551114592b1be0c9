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

#include "core/nn/cells/memory_rows.h"
#include "core/nn/cells/weighed_output.h"

namespace gatescope::nn {

/// Rows of the tables of these cells, beside those of all with several numbers a unit.
struct MatrixMemory : MemoryRows {
  static constexpr Channel keys(std::string_view symbol, std::string_view name) {
    return counted(symbol, name, kHeadMemories);
  }
  static constexpr Channel of_head(std::string_view symbol, std::string_view name) {
    return counted(symbol, name, kHeads);
  }
  /// The pre-activation of a gate that keeps the memory and is the root of its σ of that order.
  static constexpr Channel before_keep(Channel channel, std::uint8_t root) {
    channel.root_before_keep = root;
    return channel;
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
  /// Of those with a normaliser.
  static constexpr Channel mean_of_keys() { return counted("n", "mean of the keys", kUnitMemories); }

  /// A bias over the heads, as the authors of the mLSTM begin its forget gate's.
  static double from_3_to_6(Index head, Index heads) { return 3 + 3 * part(head, heads); }
  /// exp(A) is 1 for the first head and 16 for the last.
  static double speed_ladder(Index head, Index heads) { return std::log(1 + 15 * part(head, heads)); }

  static Sizes sizes(Index inputs, Index hidden, Index heads) {
    return {.inputs = inputs, .hidden = hidden, .memories = hidden / heads, .heads = heads};
  }
};

}  // namespace gatescope::nn
