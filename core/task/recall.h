#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Multi-query associative recall [arora2024]: `pairs` pairs of a key (a letter) and a value (a digit 0 to 7)
/// are read, "a3b0c7"; `rewritten` of the keys come again with another value; then each key is asked for in a
/// random order, and its value is named: the last one that it was given. Keys are of an alphabet of `keys`
/// letters, a to z and A to Z. Chance is 3 bits.
class Recall final : public SingleSequences {
 public:
  /// `pairs` is 1 or more, `rewritten` 0 to `pairs`, `keys` `pairs` to 52. Throws Error for others.
  Recall(const Data& data, Index pairs, Index rewritten, Index keys);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index pairs_, rewritten_, keys_;
};

}  // namespace gatescope::task
