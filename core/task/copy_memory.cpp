#include "core/task/copy_memory.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

enum : int { kMemorised = 8, kMemoryBlank = 8, kMemoryMark = 9 };

}  // namespace

CopyMemory::CopyMemory(const Data& data, Index length, Index copies)
    : SingleSequences(data, fmt::format("copying {} letters over {} blanks", copies, length),
                      length + 2 * copies, letters_and(kMemorised, {"_", "!"}), letters(kMemorised)),
      length_(length),
      copies_(copies) {
  if (length_ < 1) fail("copying over {} blanks is impossible, expected 1 or more", length_);
  if (copies_ < 1) fail("copying {} letters is impossible, expected 1 or more", copies_);
}

void CopyMemory::write(Rng& rng, Sequence<float>& sequence) const {
  for (int& symbol : sequence.tokens) symbol = kMemoryBlank;
  sequence.tokens[static_cast<std::size_t>(copies_ + length_ - 1)] = kMemoryMark;
  for (Index k = 0; k < copies_; ++k) {
    const int letter = static_cast<int>(rng.below(kMemorised));
    sequence.tokens[static_cast<std::size_t>(k)] = letter;
    sequence.targets[static_cast<std::size_t>(copies_ + length_ + k)] = letter;
  }
}

}  // namespace gatescope::task
