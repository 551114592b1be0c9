#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Induction heads [olsson2022], as one sequence [gu2024]: among random letters a to p stands one "!"; at the
/// end it comes again, and the letter that followed it is named. Chance is 4 bits.
class Induction final : public SingleSequences {
 public:
  /// `length` steps, 4 or more. Throws Error for others.
  Induction(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
