#include "core/task/recall.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

constexpr Index kRecalled = 8, kMostKeys = 52;

}  // namespace

Recall::Recall(const Data& data, Index pairs, Index rewritten, Index keys)
    : SingleSequences(data), pairs_(pairs), rewritten_(rewritten), keys_(keys) {
  if (pairs_ < 1) fail("recall of {} pairs is impossible, expected 1 or more", pairs_);
  if (keys_ < pairs_ || keys_ > kMostKeys)
    fail("{} pairs of {} different keys are impossible, expected {} to {} keys", pairs_, keys_, pairs_,
         kMostKeys);
  if (rewritten_ < 0 || rewritten_ > pairs_)
    fail("of {} pairs {} cannot be written again, expected 0 to {}", pairs_, rewritten_, pairs_);
}

nn::Interface Recall::interface() const {
  return {nn::InputKind::characters, keys_ + kRecalled, nn::Readout::softmax, kRecalled};
}

std::vector<std::string> Recall::vocabulary() const {
  std::vector<std::string> symbols = letters(std::min<Index>(keys_, 26));
  for (const std::string& capital : letters(keys_ - static_cast<Index>(symbols.size()), 'A'))
    symbols.push_back(capital);
  for (const std::string& value : classes()) symbols.push_back(value);
  return symbols;
}

std::vector<std::string> Recall::classes() const {
  return letters(kRecalled, '0');
}

std::string Recall::fingerprint() const {
  return fmt::format("recall of {} pairs of {} keys, {} written again, seed {}", pairs_, keys_, rewritten_,
                     seed());
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
