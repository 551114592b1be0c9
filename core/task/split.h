#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/math/rng.h"
#include "core/math/types.h"

/// Which rows of a file of one's own are learnt, and which are held out.
namespace gatescope::task {

/// FNV-1a over the code points.
std::uint64_t hash_of(std::u32string_view text);

/// Every text has a place in [0, 1) that depends on itself and the seed alone; those below a bound are held
/// out. So a row that was learnt stays learnt, and one that was held out stays so, whatever becomes of the
/// others.
enum class SplitBy {
  share,    // the bound is the one that holds out this share of the different texts
  bound,    // the bound of a file that was learnt
  drawing,  // texts are mixed with the seed, and the last share of them is held out, as versions did that
            // knew no bound: other rows make another split
  none,     // nothing is learnt and all is measured
};

struct Split {
  SplitBy by = SplitBy::share;
  double number = 0.1;  // the share, or the bound
};

/// The rows by their numbers: first `learnt` that are learnt, then those that are held out.
struct SplitRows {
  std::vector<int> order;
  Index learnt = 0;
  std::optional<double> bound = {};  // where there is one
};

/// Splits rows by the hashes of their texts; rows of one hash stay together. Of a share at least one text is
/// held out and one learnt. Throws Error for a share of fewer than two different texts, and where a bound
/// leaves nothing held out.
SplitRows split_by_hash(std::span<const std::uint64_t> hashes, const Split& split, std::uint64_t seed);

/// SplitBy::drawing, of groups of rows that stay together. Throws Error for fewer than two groups.
SplitRows split_by_drawing(std::span<const std::vector<int>> groups, double share, Rng rng);

/// Of such a file: its SHA-256, the seed, and that it is split by places where it is. What was begun with the
/// drawing of older versions goes on with that.
std::string file_fingerprint(std::string_view digest, std::uint64_t seed, const SplitRows& rows);
/// Whether a fingerprint is of a file whose split was drawn.
bool is_of_drawing(std::string_view fingerprint);

/// How many of so many are held out for a share: at least one, and not all. `count` is 2 or more.
Index held_out_of(Index count, double share);

}  // namespace gatescope::task
