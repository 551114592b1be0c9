#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The flip-flop [sussillo2013]: each input is 1 or -1 now and then, 0 otherwise, and its output is its last
/// number that was not 0. All are set at the first step, later each with the chance 1/20 a step. Squared
/// error 1 by the mean.
class FlipFlop final : public SingleSequences {
 public:
  /// `length` steps, 1 or more, of `bits` inputs, 1 or more. Throws Error for others.
  FlipFlop(const Data& data, Index length, Index bits);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index bits_;
};

}  // namespace gatescope::task
