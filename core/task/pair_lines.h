#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/task/pairs.h"

namespace gatescope::task {

/// What a file of pairs holds; characters stand in the order of their code points.
struct PairText {
  std::vector<Pair> pairs;
  std::u32string characters;
  std::string digest;  // SHA-256 of the file
  Index left_out = 0;  // pairs of which a side was longer than the limit
};

/// Reads two columns, a source and its target a row: TSV where every line has one tab, else as CSV (RFC
/// 4180). Empty lines are left out, and a first row of "source" and "target". Throws Error that names the
/// origin and line for a row of other than two fields or with an empty one, and for the signs of pairs, which
/// cannot stand in them; for bytes that are not UTF-8, and for no pairs.
PairText parse_pairs(std::string_view bytes, std::string_view origin, Index longest);

/// Whether a text that begins so is more likely such a file than a table of numbers: two fields in every row,
/// of which the second is not mostly numbers alone.
bool looks_like_pairs(std::string_view beginning);

/// One's own pairs. Sources are mixed with the seed, and the last of them held out with all their pairs.
class PairLines final : public Pairs {
 public:
  /// `held_out` is the share of sources; at least one is held out and one learnt. Throws Error for a single
  /// source.
  PairLines(const Data& data, PairText text, double held_out);

  std::string fingerprint() const override;
  Index held_out_batches() const override;
  std::optional<Index> held_out_count() const override { return std::ssize(order_) - learnt_; }

 private:
  Pair training_pair(Rng& rng) const override;
  std::optional<Pair> held_out_pair(Index place) const override;

  PairText text_;
  std::vector<int> order_;  // of the pairs
  Index learnt_ = 0;
};

}  // namespace gatescope::task
