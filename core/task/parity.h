#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Parity, and sums of another modulus: after a beginning "B" random digits 0 to m-1 are read, and at each
/// the sum of all so far modulo m is named. With m = 2 it is whether the number of ones is odd. The state
/// must change with every digit and forget nothing: gates in (0, 1) that no state reaches cannot do it over
/// lengths that were not trained [merrill2024, grazzi2025]. Chance is log2 m bits.
class Parity final : public SingleSequences {
 public:
  /// `length` steps, 2 or more; `modulus`, m, is 2 to 10. Throws Error for others.
  Parity(const Data& data, Index length, Index modulus);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index modulus_;
};

}  // namespace gatescope::task
