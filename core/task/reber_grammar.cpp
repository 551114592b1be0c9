#include "core/task/reber_grammar.h"

#include <array>
#include <string_view>

#include "core/error.h"

namespace gatescope::task {
namespace {

constexpr std::string_view kReberSymbols = "BTPSXVE";

/// A string of Reber's grammar of at least `least` symbols: two ways on from each node, one as likely as the
/// other.
std::string reber_string(Rng& rng, Index least) {
  struct Way {
    char symbol;
    int to;
  };
  constexpr int kLast = 5;
  constexpr std::array<std::array<Way, 2>, kLast> kWays{{{{{'T', 1}, {'P', 2}}},
                                                         {{{'S', 1}, {'X', 3}}},
                                                         {{{'T', 2}, {'V', 4}}},
                                                         {{{'X', 2}, {'S', kLast}}},
                                                         {{{'P', 3}, {'V', kLast}}}}};
  std::string all = "B";
  for (int node = 0; node != kLast;) {
    const std::array<Way, 2>& ways = kWays[static_cast<std::size_t>(node)];
    Way way = ways[rng.below(2)];
    if (way.to == kLast && std::ssize(all) + 2 < least) way = ways[0];  // with it and E it would be too short
    all += way.symbol;
    node = way.to;
  }
  return all + "E";
}

}  // namespace

void check_reber(Index length, Index lag) {
  if (length < kShortestReber + kEmbedding)
    fail("embedded Reber strings in {} symbols are impossible, expected {} or more", length,
         kShortestReber + kEmbedding);
  if (lag < kShortestReber)
    fail("embedded Reber strings with a lag of {} are impossible, expected {} or more", lag, kShortestReber);
}

std::vector<std::string> reber_vocabulary() {
  std::vector<std::string> all;
  for (const char letter : kReberSymbols) all.emplace_back(1, letter);
  return all;
}

int reber_symbol(char letter) {
  return static_cast<int>(kReberSymbols.find(letter));
}

std::string embedded_string(Rng& rng, Index lag, Index most) {
  for (;;) {
    const std::string outer(1, rng.below(2) == 0 ? 'T' : 'P');
    const std::string all = "B" + outer + reber_string(rng, lag) + outer + "E";
    if (std::ssize(all) <= most) return all;
  }
}

void put_embedded(const std::string& all, std::size_t first, Sequence<float>& sequence) {
  for (std::size_t k = 0; k < all.size() && first + k < sequence.tokens.size(); ++k)
    sequence.tokens[first + k] = reber_symbol(all[k]);
  const std::size_t before = first + all.size() - 3;
  if (before < sequence.tokens.size()) sequence.targets[before] = all[1] == 'T' ? 0 : 1;
}

}  // namespace gatescope::task
