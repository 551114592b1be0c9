#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Counting, the language a^n b^n [gers2001]: at each b the next symbol is named, another b or the end. All n
/// that fit are as likely as each other. The class alone is right in all but one step of n.
class Counting final : public SingleSequences {
 public:
  /// `length` steps, 2 or more: n is up to half of that. Throws Error for others.
  Counting(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
