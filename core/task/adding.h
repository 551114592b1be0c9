#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The adding problem [hochreiter1997, experiment 4; numbers as in arjovsky2016]: each step has a number in
/// [0, 1] and a mark, which is 1 at two steps, one in either half; at the last step the sum of the two marked
/// numbers is asked for. Squared error 1/6 by the mean.
class Adding final : public SingleSequences {
 public:
  /// `length` steps, 2 or more. Throws Error for others.
  Adding(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
