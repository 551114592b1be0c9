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

/// Where the channels of a tape lie: block n of channel k at starts[k] + block(k, n) * its width * batch. One
/// that is not kept has two blocks, which the steps use by turns.
struct TapeLayout {
  const Index* starts = nullptr;
  const Index* masks = nullptr;  // of a block's number

  static constexpr Index kEveryStep = -1, kByTurns = 1;

  Index block(int k, Index n) const { return n & masks[k]; }
  bool keeps(int k) const { return masks[k] == kEveryStep; }
};

/// What the steps of a layer over a sequence work on: a tape, its weights and the rules in force, as plain
/// pointers.
template <class S>
struct StepSequence {
  Sizes sizes;
  Index batch = 0;
  Index first = 0, steps = 0;          // those to compute, in the tape
  bool reverse = false;                // from the last step to the first
  TapeLayout of_values, of_gradients;  // raw and activated values lie as values do
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
  S* lanes = nullptr;                      // zeros, kMostLanes a number that units share: sums over these
  const Index* lane_starts = nullptr;      // which of these numbers is a channel's first
  S* functions = nullptr;                  // of what a head's units share, kMostFunctions rows
  Index most_shared = 0;                   // how long these are, at least kNumbersOfNorm
  const ForcedSteps<S>* forced = nullptr;  // no two of a channel, or before its activation, share a step
  Index forced_count = 0, first_number = 0;
  const Kernels<S>* kernels = nullptr;
};

/// So many sums a number that units share: at least what one register holds.
inline constexpr Index kMostLanes = 16;
/// So many functions of numbers that units share may be in use at once.
inline constexpr std::size_t kMostFunctions = 4;
/// What a layer norm keeps of a column meanwhile, as one of these.
inline constexpr Index kNumbersOfNorm = 4;

/// What a sequence points to; keeps its memory from call to call.
template <class S>
struct StepScratch {
  std::vector<StepProduct<S>> products;
  std::vector<const S*> biases, parameters;
  std::vector<S*> parameter_gradients;
  std::vector<S> lanes, functions;
  std::vector<ForcedSteps<S>> forced;
};

/// All steps of one cell, built for one level of processors; as the rules force them, where there are any.
template <class S>
struct CellSteps {
  void (*forward)(const StepSequence<S>& sequence);
  void (*backward)(const StepSequence<S>& sequence);
};

}  // namespace gatescope::nn
