#pragma once

#include <span>
#include <string_view>

#include "core/task/pairs.h"

namespace gatescope::task {

/// How pairs are made up.
struct PairMaker {
  std::string_view name;
  std::u32string_view characters;  // that may stand in them
  /// `size` is what the task's number says: the longest source, or digits.
  Pair (*make)(Rng& rng, Index size);
  Index (*longest_source)(Index size);
  Index (*longest_target)(Index size);
  /// How many sources there are, at most some millions of them, and pair number k of them. Few may be there
  /// twice: "May 3, 1998" is a day with its month's name and with the first three letters of it.
  Index (*sources)(Index size);
  Pair (*at)(Index size, Index number);
  bool are_alike = false;  // `make` makes each source as often as any other
};

/// "cab" becomes "bac", "cab", or "abc": 1 to `size` letters of a to j, 2 or more at most.
extern const PairMaker kReversed, kCopied, kSorted;
/// A day between 1950 and 2049, as people write it in nine ways, becomes "1998-03-03" [ISO 8601].
extern const PairMaker kDates;
/// "three hundred forty-two" becomes "342": up to `size` digits, 2 to 6.
extern const PairMaker kNumberWords;
/// "1994" becomes "MCMXCIV": 1 to 3999.
extern const PairMaker kRomanNumerals;

/// Made up as training goes. An eighth of all sources, which ones by the seed alone, is held out and never
/// learnt. Where these are fewer than the held-out sequences that are asked for, each comes once, and no
/// more; where all sources are as likely as each other none comes twice.
class MadePairs final : public Pairs {
 public:
  MadePairs(const Data& data, const PairMaker& maker, Index size);

  std::string fingerprint() const override;
  Index held_out_batches() const override;
  std::optional<Index> held_out_count() const override;

 private:
  bool is_held_out(const std::u32string& source) const;
  Pair draw(Rng& rng, bool held_out) const;
  Pair training_pair(Rng& rng) const override { return draw(rng, false); }
  std::optional<Pair> held_out_pair(Index place) const override;
  /// One that is held out, by chance.
  Pair drawn_pair(Index place) const;
  void choose_held_out();

  const PairMaker& maker_;
  Index size_;
  std::vector<Pair> held_out_;  // empty: they are drawn as they are asked for
};

}  // namespace gatescope::task
