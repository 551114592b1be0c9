#pragma once

#include "core/task/reber_grammar.h"
#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The embedded Reber grammar [hochreiter1997, experiment 1], a string a sequence (reber_grammar.h): before
/// the last but one symbol comes, the T or P is named that the string began with. Chance is 1 bit.
class EmbeddedReber final : public SingleSequences {
 public:
  /// Strings of up to `length` symbols, 9 or more, of which `lag` or more, 5 or more, lie between the two
  /// letters; where these need more than `length`, as many as they need. E fills the rest. Throws Error for
  /// others.
  EmbeddedReber(const Data& data, Index length, Index lag = kShortestReber);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index lag_;
};

}  // namespace gatescope::task
