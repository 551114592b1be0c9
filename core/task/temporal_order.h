#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Temporal order, experiment 6a of Hochreiter & Schmidhuber [hochreiter1997]: among random distractors a b c
/// d stand two symbols, each X or Y, near a tenth and near the middle of the sequence; at its end the network
/// names their order (XX, XY, YX or YY). Sequences begin with B and end with E, all have `length` steps; only
/// the last step is scored.
class TemporalOrder final : public SingleSequences {
 public:
  /// `length` is 10 or more. Throws Error for others.
  TemporalOrder(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
