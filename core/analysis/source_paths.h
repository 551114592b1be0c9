#pragma once

#include <vector>

#include "core/observe/observation.h"

/// On which of two ways the gradient of one step of a target comes back to every character of its source:
/// over the bridge, through the states that the encoder handed on, or through attention. The gradient is
/// their sum, as the backward pass is linear; no other way leads there.
namespace gatescope::analysis {

struct SourcePaths {
  /// The norm of the loss's gradient by the embedding of every source character, (S), nats.
  std::vector<double> through_state, through_attention, together;
  /// (T): its norm in all states of the top layer, the encoder's at the source and the decoder's at the
  /// target, whichever way it came there, nats a unit; a cell state's has in it what comes by the hidden
  /// state of its step. 0 after the loss.
  std::vector<double> states;
  /// (S, T): what comes to a source step over a step of the target by what was read there, |α| ‖∂L/∂context‖,
  /// nats a unit; empty without attention. What comes by the comparison that made the weights is not among
  /// them.
  Eigen::MatrixXd jumps;
};

/// Of the loss at `step`, a step of the target; where nothing is expected there, of what the network told.
/// Throws Error for a network without a decoder, and for another step.
template <class S>
SourcePaths source_paths(const observe::Observation<S>& observation, Index step);

extern template SourcePaths source_paths(const observe::Observation<float>&, Index);
extern template SourcePaths source_paths(const observe::Observation<double>&, Index);

/// How many source characters a step looks at: exp of the entropy of its weights, 1 where it looks at one
/// alone, their number where it looks at all alike; NaN where they are no shares of 1.
double looked_at(const Eigen::Ref<const Eigen::VectorXd>& weights);

}  // namespace gatescope::analysis
