#include "core/task/induction.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

enum : int { kFollowers = 16, kInductionMark = 16 };

}  // namespace

Induction::Induction(const Data& data, Index length)
    : SingleSequences(data, fmt::format("induction in {} steps", length), length,
                      letters_and(kFollowers, {"!"}), letters(kFollowers)) {
  if (length < 4) fail("induction in {} steps is impossible, expected 4 or more", length);
}

void Induction::write(Rng& rng, Sequence<float>& sequence) const {
  for (int& symbol : sequence.tokens) symbol = static_cast<int>(rng.below(kFollowers));
  const auto mark = static_cast<std::size_t>(below(rng, std::ssize(sequence.tokens) - 2));
  sequence.tokens[mark] = sequence.tokens.back() = kInductionMark;
  sequence.targets.back() = sequence.tokens[mark + 1];
}

}  // namespace gatescope::task
