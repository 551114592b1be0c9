#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Latching a bit [bengio1994]: the first step shows 1 or -1, all others noise (mean 0, deviation 0.2); at
/// the last step the first number is asked for. Squared error 1 by the mean.
class Latch final : public SingleSequences {
 public:
  /// `length` steps, 2 or more. Throws Error for others.
  Latch(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
