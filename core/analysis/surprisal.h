#pragma once

#include <vector>

#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {

/// −log₂ softmax(y_t)[target_t], in bits, (T): what each next character cost. Where the trace scored the step
/// this is its loss in nats over ln 2, else computed from its logits, so that every step has one; NaN at
/// steps of a labelled sequence that have no label. The mean is the bits per character of [graves2013].
std::vector<double> surprisal(const trace::SequenceTrace<float>& text);

}  // namespace gatescope::analysis
