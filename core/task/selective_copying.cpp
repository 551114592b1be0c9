#include "core/task/selective_copying.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

enum : int { kCopyLetters = 8, kCopyBlank = 8, kCopyAsk = 9 };

}  // namespace

SelectiveCopying::SelectiveCopying(const Data& data, Index length, Index copies)
    : SingleSequences(data, fmt::format("selective copying of {} letters among {} symbols", copies, length),
                      length + copies, letters_and(kCopyLetters, {".", "?"}), letters(kCopyLetters)),
      length_(length),
      copies_(copies) {
  if (copies_ < 1) fail("{} letters to copy are impossible, expected 1 or more", copies_);
  if (length_ < copies_)
    fail("{} letters have no room in {} steps, expected {} steps or more", copies_, length_, copies_);
}

void SelectiveCopying::write(Rng& rng, Sequence<float>& sequence) const {
  Index copied = 0;
  for (Index t = 0; t < length_; ++t) {
    const auto at = static_cast<std::size_t>(t);
    // Every choice of places is as likely as every other.
    const bool letter = below(rng, length_ - t) < copies_ - copied;
    sequence.tokens[at] = letter ? static_cast<int>(rng.below(kCopyLetters)) : kCopyBlank;
    if (!letter) continue;
    const auto asked = static_cast<std::size_t>(length_ + copied++);
    sequence.tokens[asked] = kCopyAsk;
    sequence.targets[asked] = sequence.tokens[at];
  }
}

}  // namespace gatescope::task
