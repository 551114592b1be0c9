#include "core/task/pairs.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/utf8.h"

namespace gatescope::task {

Pairs::Pairs(const Data& data, const std::u32string& characters, Index longest_source, Index longest_target)
    : data_(data), longest_source_(longest_source), longest_target_(longest_target) {
  std::u32string all(kPairSigns);
  all += characters;
  for (const char32_t c : all) {
    numbers_.emplace(c, static_cast<int>(vocabulary_.size()));
    vocabulary_.push_back(encode_utf8(c));
  }
}

void Pairs::measure_chance() {
  constexpr int count = 2048;
  std::map<char32_t, double> shares;
  double all = 0;
  Rng rng{data_.seed, 0xc4a};
  for (int k = 0; k < count; ++k) {
    for (const char32_t c : training_pair(rng).target) ++shares[c], ++all;
    ++shares[kPairSigns[nn::kEnd]], ++all;
  }
  for (const auto& [c, share] : shares) chance_ -= share / all * std::log(share / all);
}

void Pairs::begin(Batch& batch) const {
  const auto count = static_cast<std::size_t>(steps() * data_.batch);
  batch.steps = steps();
  batch.size = data_.batch;
  batch.continues = false;
  batch.tokens.assign(count, nn::kFill);
  for (Index b = 0; b < batch.size; ++b)
    batch.tokens[static_cast<std::size_t>(longest_source_ * batch.size + b)] = nn::kStart;
  batch.classes.assign(count, -1);
  batch.values.clear();
  batch.target_values.clear();
  batch.scored.clear();
}

void Pairs::write(const Pair& pair, Index entry, Batch& batch) const {
  const auto at = [&](Index t) { return static_cast<std::size_t>(t * batch.size + entry); };
  Index t = longest_source_ - std::ssize(pair.source);
  for (const char32_t c : pair.source) batch.tokens[at(t++)] = numbers_.at(c);
  for (const char32_t c : pair.target) {
    batch.classes[at(t++)] = numbers_.at(c);
    batch.tokens[at(t)] = numbers_.at(c);
  }
  batch.classes[at(t)] = nn::kEnd;
}

void Pairs::training_batch(std::uint64_t update, Batch& batch) const {
  begin(batch);
  for (Index b = 0; b < batch.size; ++b) {
    Rng rng{data_.seed, 0, update, static_cast<std::uint64_t>(b)};
    write(training_pair(rng), b, batch);
  }
}

void Pairs::held_out_batch(Index number, Batch& batch) const {
  begin(batch);
  for (Index b = 0; b < batch.size; ++b)
    if (const auto pair = held_out_pair(b * held_out_batches() + number)) write(*pair, b, batch);
}

}  // namespace gatescope::task
