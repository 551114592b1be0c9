#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/task/pairs.h"
#include "core/task/split.h"
#include "core/utf8.h"

namespace gatescope::task {

/// What a file of pairs holds; characters stand in the order of their numbers, which is that of their code
/// points where no model has another.
struct PairText {
  std::vector<Pair> pairs;
  std::u32string characters;
  std::string digest;  // SHA-256 of the file
  Index left_out = 0;  // pairs of which a side was longer than the limit
};

/// Reads two columns, a source and its target a row. The ending of the file's name says what stands between:
/// a tab (.tsv, .tab), or of a .csv whatever cuts most of its rows in two: a comma, a semicolon or a tab; of
/// other files a tab where half the lines have one. Between tabs quotes are ordinary characters, else fields
/// are as in RFC 4180. Empty lines are left out, and a first row of "source" and "target". Of `known`
/// characters, those of a model, their numbers are kept, and others are refused. Throws Error that names the
/// origin and line for a row of other than two fields or with an empty one, for a zero byte, an unknown
/// character, and for the signs of pairs, which cannot stand in them; for bytes that are not UTF-8, unless
/// they are replaced, and for no pairs.
PairText parse_pairs(std::string_view bytes, std::string_view origin, Index longest,
                     InvalidUtf8 on_invalid = InvalidUtf8::error,
                     const std::optional<std::u32string>& known = {});

/// Whether a text that begins so, of a file with this name, is more likely such a file than a table of
/// numbers: two fields in nine of ten rows, of which the second is not mostly numbers alone.
bool looks_like_pairs(std::string_view beginning, std::string_view origin);

/// One's own pairs. A source is learnt or held out with all its targets.
class PairLines final : public Pairs {
 public:
  /// Throws Error for a share of a single source, and where nothing is held out.
  PairLines(const Data& data, PairText text, const Split& split);

  std::string fingerprint() const override;
  Index held_out_batches() const override;
  std::optional<Index> held_out_count() const override { return std::ssize(rows_.order) - rows_.learnt; }
  /// As SplitRows::bound.
  std::optional<double> bound() const { return rows_.bound; }
  const PairText& text() const { return text_; }

 private:
  Pair training_pair(Rng& rng) const override;
  std::optional<Pair> held_out_pair(Index place) const override;

  const Pair& pair(Index place) const {
    return text_.pairs[static_cast<std::size_t>(rows_.order[static_cast<std::size_t>(place)])];
  }

  PairText text_;
  SplitRows rows_;
};

}  // namespace gatescope::task
