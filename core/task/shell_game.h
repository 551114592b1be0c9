#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The shell game, tracking of a state [kim2023]: the first symbol 1 to n says under which of n cups the ball
/// lies; each letter after it swaps two cups side by side (a: the first two, b: the second and third, ...),
/// and at each the ball's cup is named. The swaps make up all permutations of n, which for n of 5 or more a
/// fixed number of layers with gates that no state reaches cannot follow over any length [merrill2024].
/// Chance is log2 n bits.
class ShellGame final : public SingleSequences {
 public:
  /// `length` steps, 2 or more; `cups`, n, is 2 to 9. Throws Error for others.
  ShellGame(const Data& data, Index length, Index cups);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index cups_;
};

}  // namespace gatescope::task
