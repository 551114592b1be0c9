#pragma once

#include "core/task/reber_grammar.h"
#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Embedded Reber strings (reber_grammar.h) one after the other, without a sign that one ends
/// [gers2000forget]. Each is asked about. Chance is 1 bit.
class ContinualReber final : public SingleSequences {
 public:
  /// `length` steps, 9 or more, or as many as the first string needs; `lag` symbols or more, 5 or more, lie
  /// between the two letters of each. Throws Error for others.
  ContinualReber(const Data& data, Index length, Index lag = kShortestReber);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index lag_;
};

}  // namespace gatescope::task
