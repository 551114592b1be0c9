#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Selective copying [gu2024]: among `length` symbols most are blanks ".", `copies` of them are letters a to
/// h at random places. Then come as many "?", and at each of them the next of the letters is named, in their
/// order. What is a letter and what is not decides what is to be kept: no clock can. Chance is 3 bits.
class SelectiveCopying final : public SingleSequences {
 public:
  /// `copies` is 1 or more, `length` no fewer. Throws Error for others.
  SelectiveCopying(const Data& data, Index length, Index copies);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index length_, copies_;
};

}  // namespace gatescope::task
