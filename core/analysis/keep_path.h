#pragma once

#include <span>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/nn/layer_tape.h"

namespace gatescope::analysis {

/// The gradient of one step's loss in a layer's memory m (cell state, else hidden state), by lag as
/// gradient_over_lag counts it, split by the ways on which it came: dL/dm_{t-k} = (Π keep) ⊙ dL/dm_t + the
/// rest. The product of the keep gates is the way through the memory alone, the constant error carousel
/// [hochreiter1997]; the rest went through gates, candidates, the hidden state or other layers at least once.
/// Norms ‖·‖₂ over the memory's numbers, in nats a unit of m.
struct KeepPath {
  std::vector<double> total, kept, rest;  // kept and rest are vectors' norms and do not add up to the total
  /// Σ |kept| over Σ |kept| + Σ |rest|: how much of what comes back came through the memory alone, where the
  /// two need not have one sign; NaN where nothing comes, or nothing can be kept.
  std::vector<double> share;
  std::vector<double> product;  // the mean of Π keep over the memory's numbers; NaN without a keep gate
};

/// From step `from` on. `rules` are those in force in that layer: one on the memory itself scales what
/// passes. Without a keep gate nothing is kept.
KeepPath keep_path(const nn::LayerTape<float>& tape, Index from, std::span<const nn::ForceRule> rules,
                   int layer);

}  // namespace gatescope::analysis
