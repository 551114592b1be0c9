#pragma once

#include <vector>

#include "core/nn/network.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {

/// ‖dL/dx_t‖₂, (T): how strongly the trace's loss (nats) would change with what was read at step t, all later
/// steps included [simonyan2014, li2016]. x_t is the one-hot vector (V), or its embedding (E), as the network
/// reads it, and
///
///     dL/dx_t = Σ_directions Σ_k W_k^T dL/da_k,t
///
/// over the row blocks k of the lowest layer, whose pre-activation gradients dL/da_k,t stand in the trace.
std::vector<double> saliency(const nn::Network<float>& network, const trace::SequenceTrace<float>& text);

}  // namespace gatescope::analysis
