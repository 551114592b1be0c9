#pragma once

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/math/rng.h"
#include "core/math/types.h"

/// What tasks that make their sequences up share.
namespace gatescope::task {

/// The first `count` letters from `first` on: "a", "b", ...
inline std::vector<std::string> letters(Index count, char first = 'a') {
  std::vector<std::string> all;
  for (Index k = 0; k < count; ++k) all.emplace_back(1, static_cast<char>(first + k));
  return all;
}

/// The same, and then others.
inline std::vector<std::string> letters_and(Index count, const std::vector<std::string>& others,
                                            char first = 'a') {
  std::vector<std::string> all = letters(count, first);
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

/// Uniform in {0, ..., n-1}; n > 0.
inline Index below(Rng& rng, Index n) {
  return static_cast<Index>(rng.below(static_cast<std::uint64_t>(n)));
}

/// The first `count` of 0 ... n-1 in a random order; all orders are as likely as each other.
inline std::vector<int> drawn(Rng& rng, Index count, Index n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  for (Index k = 0; k < count; ++k) std::swap(all[k], all[static_cast<std::size_t>(k + below(rng, n - k))]);
  all.resize(static_cast<std::size_t>(count));
  return all;
}

}  // namespace gatescope::task
