#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The copying problem [arjovsky2016]: some random letters a to h, then blanks, the last of which is a mark;
/// then as many blanks as letters, at which these are named in their order. Chance is 3 bits.
class CopyMemory final : public SingleSequences {
 public:
  /// `copies` letters, 1 or more, `length` blanks with the mark, 1 or more. Throws Error for others.
  CopyMemory(const Data& data, Index length, Index copies);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index length_, copies_;
};

}  // namespace gatescope::task
