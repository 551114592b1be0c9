#include "core/task/recall.h"

#include <algorithm>

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

constexpr Index kRecalled = 8, kMostKeys = 52, kLetters = 26;

std::vector<std::string> keys_and_values(Index keys) {
  const std::vector<std::string> capitals = letters_and(keys - kLetters, letters(kRecalled, '0'), 'A');
  return letters_and(std::min(keys, kLetters), capitals);
}

}  // namespace

Recall::Recall(const Data& data, Index pairs, Index rewritten, Index keys)
    : SingleSequences(data,
                      fmt::format("recall of {} pairs of {} keys, {} written again", pairs, keys, rewritten),
                      2 * (pairs + rewritten) + pairs, keys_and_values(keys), letters(kRecalled, '0')),
      pairs_(pairs),
      rewritten_(rewritten),
      keys_(keys) {
  if (pairs_ < 1) fail("recall of {} pairs is impossible, expected 1 or more", pairs_);
  if (keys_ < pairs_ || keys_ > kMostKeys)
    fail("{} pairs of {} different keys are impossible, expected {} to {} keys", pairs_, keys_, pairs_,
         kMostKeys);
  if (rewritten_ < 0 || rewritten_ > pairs_)
    fail("of {} pairs {} cannot be written again, expected 0 to {}", pairs_, rewritten_, pairs_);
}

void Recall::write(Rng& rng, Sequence<float>& sequence) const {
  const std::vector<int> keys = drawn(rng, pairs_, keys_);
  std::vector<int> values;
  std::size_t t = 0;
  const auto put_pair = [&](std::size_t pair) {
    sequence.tokens[t++] = keys[pair];
    sequence.tokens[t++] = static_cast<int>(keys_) + values[pair];
  };
  for (std::size_t pair = 0; pair < keys.size(); ++pair) {
    values.push_back(static_cast<int>(rng.below(kRecalled)));
    put_pair(pair);
  }
  for (const int again : drawn(rng, rewritten_, pairs_)) {
    const auto pair = static_cast<std::size_t>(again);
    values[pair] =
        (values[pair] + 1 + static_cast<int>(rng.below(kRecalled - 1))) % static_cast<int>(kRecalled);
    put_pair(pair);
  }
  for (const int asked : drawn(rng, pairs_, pairs_)) {
    const auto pair = static_cast<std::size_t>(asked);
    sequence.targets[t] = values[pair];
    sequence.tokens[t++] = keys[pair];
  }
}

}  // namespace gatescope::task
