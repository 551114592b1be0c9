#include "core/task/shell_game.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {

ShellGame::ShellGame(const Data& data, Index length, Index cups)
    : SingleSequences(data, fmt::format("shell game of {} steps with {} cups", length, cups), length,
                      letters_and(cups, letters(cups - 1), '1'), letters(cups, '1')),
      cups_(cups) {
  if (length < 2) fail("a shell game of {} steps is impossible, expected 2 or more", length);
  if (cups_ < 2 || cups_ > 9) fail("a shell game with {} cups is impossible, expected 2 to 9", cups_);
}

void ShellGame::write(Rng& rng, Sequence<float>& sequence) const {
  Index ball = below(rng, cups_);
  sequence.tokens[0] = static_cast<int>(ball);
  sequence.targets[0] = static_cast<int>(ball);
  for (std::size_t t = 1; t < sequence.tokens.size(); ++t) {
    const Index swap = below(rng, cups_ - 1);
    if (ball == swap)
      ball = swap + 1;
    else if (ball == swap + 1)
      ball = swap;
    sequence.tokens[t] = static_cast<int>(cups_ + swap);
    sequence.targets[t] = static_cast<int>(ball);
  }
}

}  // namespace gatescope::task
