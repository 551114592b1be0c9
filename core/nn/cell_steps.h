#pragma once

#include <vector>

#include "core/math/kernels.h"

namespace gatescope::nn {

/// One row block of a layer as its steps need it.
template <class S>
struct StepRows {
  const S* recurrent;             // U (H, H), packed; null where the cell has none
  const S* recurrent_transposed;  // U^T, packed
  const S* table;                 // (H, I): column v is W one_hot(v) + biases; null for dense input
  const S* recurrent_bias;        // (H)
};

/// Steps first ... last of a channel, counted from the text's beginning: used = scale*raw + shift, each (H).
template <class S>
struct ForcedSteps {
  int channel;
  Index first, last;
  const S* scale;
  const S* shift;
};

/// What the steps of a layer over a sequence work on: a tape, its weights and the rules in force, as plain
/// pointers. Block n of channel k, (H, B), begins at k*channel + n*H*B.
template <class S>
struct StepSequence {
  Index hidden = 0, batch = 0, steps = 0;
  bool reverse = false;  // from the last step to the first
  Index channel = 0;
  S* values = nullptr;
  S* gradients = nullptr;
  S* raw = nullptr;  // the values themselves where nothing is forced
  const StepRows<S>* rows = nullptr;
  const int* tokens = nullptr;   // (T*B), with tables
  const S* peepholes = nullptr;  // (H, P)
  S* peephole_gradients = nullptr;
  const ForcedSteps<S>* forced = nullptr;  // no two of a channel share a step
  Index forced_count = 0, first_step = 0;
  const Kernels<S>* kernels = nullptr;
};

/// What a sequence points to; keeps its memory from call to call.
template <class S>
struct StepScratch {
  std::vector<StepRows<S>> rows;
  std::vector<ForcedSteps<S>> forced;
};

/// All steps of one cell, built for one level of processors; as the rules force them, where there are any.
template <class S>
struct CellSteps {
  void (*forward)(const StepSequence<S>& sequence);
  void (*backward)(const StepSequence<S>& sequence);
};

}  // namespace gatescope::nn
