#pragma once

#include <vector>

#include "core/analysis/gated_memory.h"
#include "core/nn/network.h"

/// The highway of the gradient and its detours [hochreiter1997]: what reaches the memory after a step came
/// back through the keep gate alone, through a gate or the candidate of the next step, or from what left the
/// layer.
namespace gatescope::analysis {

/// One way of the gradient into the memory of step t, in the layer's own direction from step t+1.
struct HighwayWay {
  enum class Kind {
    keep,     ///< m_{t+1} = keep ⊙ m_t + ...: the memory itself
    channel,  ///< the gate, candidate or other channel of step t+1 that the memory, or the hidden state made
              ///< of it, enters first
    output,   ///< the loss of step t itself, and the layers above
  };
  Kind kind = Kind::keep;
  int channel = nn::kNone;         ///< the keep gate; the channel
  gatescope::Matrix<double> part;  ///< (numbers of the memory, T)
  std::vector<double> share;       ///< Σ |part| over that of all ways, (T); NaN where there is all but none
};

/// dL/dm_t at every step, the total derivative, as the sum of its ways.
struct Highway {
  gatescope::Matrix<double> total;  ///< (numbers of the memory, T)
  std::vector<HighwayWay> ways;     ///< keep first, output last
};

/// Of one direction of a layer, on a tape of one text (B = 1) with its gradients, under the rules in force.
/// Throws Error for a cell without a gated memory.
template <class S>
Highway highway(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
                std::span<const nn::ForceRule> rules, int layer);

/// How much of the memory's own Jacobian dm_t/dm_{t-k} the highway is: Frobenius norms of Π keep, a diagonal
/// matrix, and of the whole, by the lag k from 0; at most `lags` of them beyond that.
struct Carousel {
  std::vector<double> keep, whole;
};
template <class S>
Carousel carousel(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
                  std::span<const nn::ForceRule> rules, int layer, Index step, Index lags);

extern template Highway highway(const nn::Network<float>&, const nn::LayerTape<float>&,
                                std::span<const nn::ForceRule>, int);
extern template Highway highway(const nn::Network<double>&, const nn::LayerTape<double>&,
                                std::span<const nn::ForceRule>, int);
extern template Carousel carousel(const nn::Network<float>&, const nn::LayerTape<float>&,
                                  std::span<const nn::ForceRule>, int, Index, Index);
extern template Carousel carousel(const nn::Network<double>&, const nn::LayerTape<double>&,
                                  std::span<const nn::ForceRule>, int, Index, Index);

}  // namespace gatescope::analysis
