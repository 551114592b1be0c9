#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The embedded Reber grammar [hochreiter1997, experiment 1]: B, then T or P, then a string of Reber's
/// grammar from B to E, then the same T or P, and E. Before it comes, the T or P is named. Chance is 1 bit.
class EmbeddedReber final : public SingleSequences {
 public:
  /// Strings of up to `length` symbols, 9 or more; E fills the rest. Throws Error for others.
  EmbeddedReber(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

/// The same strings one after the other, without a sign that one ends [gers2000forget]. Each is asked about.
class ContinualReber final : public SingleSequences {
 public:
  /// `length` steps, 9 or more. Throws Error for others.
  ContinualReber(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
