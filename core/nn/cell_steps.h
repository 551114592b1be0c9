#pragma once

#include <vector>

#include "core/math/kernels.h"
#include "core/nn/sizes.h"

namespace gatescope::nn {

/// One product of a layer as its steps need it.
template <class S>
struct StepProduct {
  const S* packed;      // M (rows, columns), packed; null for what enters the layer
  const S* transposed;  // M^T, packed
  const S* table;       // (rows, I): column v is M one_hot(v) + biases; null for dense input
};

/// Steps first ... last of a channel, counted from the text's beginning: used = scale*raw + shift, each as
/// many numbers as the channel has; of the channel's value, or of what its activation gets.
template <class S>
struct ForcedSteps {
  int channel;
  bool before_activation;
  Index first, last;
  const S* scale;
  const S* shift;
};

/// What the steps of a layer over a sequence work on: a tape, its weights and the rules in force, as plain
/// pointers. Block n of channel k begins at starts[k] + n * widths[k] * batch.
template <class S>
struct StepSequence {
  Sizes sizes;
  Index batch = 0;
  Index first = 0, steps = 0;  // those to compute, in the tape
  bool reverse = false;        // from the last step to the first
  const Index* starts = nullptr;
  const Index* widths = nullptr;
  S* values = nullptr;
  S* gradients = nullptr;
  S* raw = nullptr;        // the values themselves where nothing is forced
  S* activated = nullptr;  // raw where no rule acts before an activation
  const StepProduct<S>* products = nullptr;
  const S* const* biases = nullptr;      // a channel; null where there is none, or it is in a table
  const int* tokens = nullptr;           // (T*B), with tables
  const S* const* parameters = nullptr;  // those of units, (H, columns)
  S* const* parameter_gradients = nullptr;
  const ForcedSteps<S>* forced = nullptr;  // no two of a channel, or before its activation, share a step
  Index forced_count = 0, first_number = 0;
  const Kernels<S>* kernels = nullptr;
};

/// What a sequence points to; keeps its memory from call to call.
template <class S>
struct StepScratch {
  std::vector<StepProduct<S>> products;
  std::vector<const S*> biases, parameters;
  std::vector<S*> parameter_gradients;
  std::vector<ForcedSteps<S>> forced;
};

/// All steps of one cell, built for one level of processors; as the rules force them, where there are any.
template <class S>
struct CellSteps {
  void (*forward)(const StepSequence<S>& sequence);
  void (*backward)(const StepSequence<S>& sequence);
};

}  // namespace gatescope::nn
