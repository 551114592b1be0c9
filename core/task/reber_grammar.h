#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/math/rng.h"
#include "core/math/types.h"
#include "core/task/sequence.h"

/// Strings of the embedded Reber grammar [hochreiter1997, experiment 1]: B, then T or P, then a string of
/// Reber's grammar [reber1967] from B to E, then the same T or P, and E.
namespace gatescope::task {

/// Symbols of the shortest string of Reber's grammar, and of what embeds one.
inline constexpr Index kShortestReber = 5, kEmbedding = 4;

/// Symbols that a sequence needs for `length` at most and an embedded string of `lag` at least.
constexpr Index reber_steps(Index length, Index lag) {
  return std::max(length, lag + kEmbedding);
}

/// Throws Error for fewer than 9 symbols, or a lag below 5.
void check_reber(Index length, Index lag);

/// B T P S X V E, a symbol by its number.
std::vector<std::string> reber_vocabulary();
int reber_symbol(char letter);

/// An embedded string of up to `most` symbols, those between the two letters at least `lag`; `most` is that
/// and 4, or more. As published the lag is 5 and every way on from a node is as likely as the other; before a
/// longer one is reached the ways that would end the string are not taken.
std::string embedded_string(Rng& rng, Index lag, Index most);

/// Puts an embedded string at step `first`, and asks for the symbol before its last one, if its step is
/// there: class 0 is T, 1 is P.
void put_embedded(const std::string& all, std::size_t first, Sequence<float>& sequence);

}  // namespace gatescope::task
