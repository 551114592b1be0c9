#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Temporal order as first published [hochreiter1997, experiment 6a]: between E and B stand distractors a to
/// d and two symbols X or Y, whose order is named at B. With `length` 100 there are 100 to 110 steps, the
/// first symbol at step 10 to 20, the second at step 50 to 60; other lengths scale. Behind B come more of
/// these, which nobody asks about. Chance is 2 bits.
class TemporalOrder6a final : public SingleSequences {
 public:
  /// `length` steps at least, 10 or more. Throws Error for others.
  TemporalOrder6a(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index length_;
};

}  // namespace gatescope::task
