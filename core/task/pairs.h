#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/math/rng.h"
#include "core/task/single_sequences.h"
#include "core/task/task.h"

namespace gatescope::task {

/// A source and what it becomes.
struct Pair {
  std::u32string source, target;

  bool operator==(const Pair&) const = default;
};

/// The signs of pairs, which stand before all other characters: what fills up, the target begins, it is over
/// (nn::kFill, kStart, kEnd).
inline constexpr std::u32string_view kPairSigns = U"·→¶";

/// Pairs as sequences: the source, the sign that the target begins, the target. At every step from that sign
/// on the next character of the target is told, and in the end that it is over. Sources of a batch end
/// together; what stands before shorter ones and behind shorter targets fills up only. An encoder-decoder
/// learns them, and any stack that reads the whole sequence.
class Pairs : public Task, public std::enable_shared_from_this<Pairs> {
 public:
  nn::Interface interface() const final {
    const auto symbols = std::ssize(vocabulary_);
    return {nn::InputKind::characters, symbols, nn::Readout::softmax, symbols, true};
  }
  std::vector<std::string> vocabulary() const final { return vocabulary_; }
  std::vector<std::string> classes() const final { return vocabulary_; }
  const Outcome& outcome() const final { return kTarget; }
  /// Of one who knows how often each character comes in targets.
  std::optional<double> chance() const final { return chance_; }
  std::shared_ptr<const Task> pairs() const final { return weak_from_this().lock(); }
  bool is_padded() const final { return true; }
  std::optional<int> filling() const final { return nn::kFill; }
  std::uint64_t old_fingerprint() const final { return 0; }
  void training_batch(std::uint64_t update, Batch& batch) const final;
  void held_out_batch(Index number, Batch& batch) const final;

  Index steps() const { return longest_source_ + longest_target_ + 1; }
  Index longest_source() const { return longest_source_; }

 protected:
  /// `characters` without the signs, in the order of their numbers.
  Pairs(const Data& data, const std::u32string& characters, Index longest_source, Index longest_target);
  const Data& data() const { return data_; }
  /// After all is there that training_pair() needs.
  void measure_chance();

 private:
  virtual Pair training_pair(Rng& rng) const = 0;
  /// None beyond the last.
  virtual std::optional<Pair> held_out_pair(Index place) const = 0;
  void begin(Batch& batch) const;
  void write(const Pair& pair, Index entry, Batch& batch) const;

  Data data_;
  std::vector<std::string> vocabulary_;
  std::map<char32_t, int> numbers_;
  Index longest_source_, longest_target_;
  double chance_ = 0;
};

}  // namespace gatescope::task
