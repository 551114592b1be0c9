#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Temporal order with the places of Martens & Sutskever [martens2011, pascanu2013]: among random distractors
/// a b c d stand two symbols, each X or Y, between a tenth and a fifth and between four tenths and half of
/// the sequence; at its end the network names their order (XX, XY, YX or YY). Sequences begin with B and end
/// with E, all have `length` steps; only the last step is scored. As first published it is
/// temporal_order_6a.h.
class TemporalOrder final : public SingleSequences {
 public:
  /// `length` is 10 or more. Throws Error for others.
  TemporalOrder(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
