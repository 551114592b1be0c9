#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/analysis/rules_on.h"
#include "core/nn/force_rule.h"
#include "core/nn/layer_tape.h"

/// A memory as its gates write it, the same for all cells:
///
///   m_t = keep_t ⊙ m_{t-1} + write_t ⊙ content_t + offset_t
///
/// of the values that the network used. A rule on the memory itself, m = scale * m + shift, scales what is
/// kept and written, and its shift is the offset: a memory that is set is all offset. "Before" is earlier in
/// the layer's own direction.
namespace gatescope::analysis {

/// Why a cell has no such memory, as one sentence; empty where it has.
std::string why_no_gated_memory(const nn::CellInfo& cell);

/// One number of a unit's memory over the steps of the text, (T) each.
struct GatedMemory {
  bool reverse = false;  ///< from the last step to the first
  double before = 0;     ///< before the first step of the layer's direction
  std::vector<double> memory, keep, write, content, offset;

  Index steps() const { return static_cast<Index>(memory.size()); }
  /// Step n of the layer's own direction, as the text counts it.
  Index step(Index n) const { return reverse ? steps() - 1 - n : n; }
  /// How many steps the layer makes before step t.
  Index place(Index t) const { return reverse ? steps() - 1 - t : t; }
};

/// The memories of one direction of a layer, on a tape of one text (B = 1) under the rules that were in
/// force.
template <class S>
class GatedMemories {
 public:
  /// Throws Error for a cell without one. The tape outlives it.
  GatedMemories(const nn::LayerTape<S>& tape, std::span<const nn::ForceRule> rules, int layer);

  /// Numbers of memory, units within each number of several a unit.
  Index rows() const { return tape_.width(memory_); }
  /// Numbers a unit.
  Index numbers() const { return rows() / tape_.hidden(); }
  GatedMemory row(Index row) const;
  const nn::LayerTape<S>& tape() const { return tape_; }

 private:
  const nn::LayerTape<S>& tape_;
  int memory_, keep_, write_, content_;
  RulesOn<S> rules_;
};

extern template class GatedMemories<float>;
extern template class GatedMemories<double>;

}  // namespace gatescope::analysis
