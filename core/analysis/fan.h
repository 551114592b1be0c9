#pragma once

#include <optional>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// The Jacobian fan: by lag the singular values of ds_t/ds_{t-k}, of the single step ds_{t-k+1}/ds_{t-k}
/// before it, and of what the keep gates alone carry, the diagonal product of the joint state's memories.
struct Fan {
  Index step = 0;
  std::vector<Index> lags;                      ///< those that were computed, rising from 0
  std::vector<std::vector<double>> products;    ///< by lag, from the greatest down
  std::vector<std::vector<double>> steps;       ///< the same; of lag 0 empty
  std::vector<std::vector<double>> gates_only;  ///< the same, of all memories; empty without a keep gate
};

/// At a step, or without one the last, for at most so many lags, evenly apart. Throws Error for a step that
/// does not exist and for a model without a joint state.
template <class S>
Fan fan(const observe::Observation<S>& observation, std::optional<Index> step, bool natural = false,
        std::optional<Index> most = {});

/// The factor by which a layer's memory is kept at step t of its tape, each number: the keep gate, times what
/// rules on the memory itself scale it by. Empty for a cell without a keep gate a number.
template <class S>
std::vector<double> kept_shares(const nn::LayerTape<S>& tape, std::span<const nn::ForceRule> rules, int layer,
                                Index t);

extern template Fan fan(const observe::Observation<float>&, std::optional<Index>, bool, std::optional<Index>);
extern template Fan fan(const observe::Observation<double>&, std::optional<Index>, bool,
                        std::optional<Index>);
extern template std::vector<double> kept_shares(const nn::LayerTape<float>&, std::span<const nn::ForceRule>,
                                                int, Index);
extern template std::vector<double> kept_shares(const nn::LayerTape<double>&, std::span<const nn::ForceRule>,
                                                int, Index);

}  // namespace gatescope::analysis
