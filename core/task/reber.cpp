#include "core/task/reber.h"

#include <array>
#include <string_view>

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

constexpr std::string_view kReberSymbols = "BTPSXVE";
constexpr Index kShortestEmbedded = 9;

int reber_symbol(char letter) {
  return static_cast<int>(kReberSymbols.find(letter));
}

std::vector<std::string> reber_vocabulary() {
  std::vector<std::string> all;
  for (const char letter : kReberSymbols) all.emplace_back(1, letter);
  return all;
}

/// A string of Reber's grammar [reber1967]: two ways on from each node, one as likely as the other.
std::string reber_string(Rng& rng) {
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
    const Way& way = kWays[static_cast<std::size_t>(node)][rng.below(2)];
    all += way.symbol;
    node = way.to;
  }
  return all + "E";
}

/// One embedded string of up to so many symbols.
std::string embedded_string(Rng& rng, std::size_t most) {
  for (;;) {
    const std::string outer(1, rng.below(2) == 0 ? 'T' : 'P');
    const std::string all = "B" + outer + reber_string(rng) + outer + "E";
    if (all.size() <= most) return all;
  }
}

/// Puts the string at step `first`, and asks for the symbol before its last one, if its step is there.
void put_string(const std::string& all, std::size_t first, Sequence<float>& sequence) {
  for (std::size_t k = 0; k < all.size() && first + k < sequence.tokens.size(); ++k)
    sequence.tokens[first + k] = reber_symbol(all[k]);
  const std::size_t before = first + all.size() - 3;
  if (before < sequence.tokens.size()) sequence.targets[before] = all[1] == 'T' ? 0 : 1;
}

}  // namespace

EmbeddedReber::EmbeddedReber(const Data& data, Index length)
    : SingleSequences(data, fmt::format("embedded Reber strings of up to {} symbols", length), length,
                      reber_vocabulary(), {"T", "P"}) {
  if (length < kShortestEmbedded)
    fail("embedded Reber strings of up to {} symbols are impossible, expected {} or more", length,
         kShortestEmbedded);
}

void EmbeddedReber::write(Rng& rng, Sequence<float>& sequence) const {
  for (int& symbol : sequence.tokens) symbol = reber_symbol('E');
  put_string(embedded_string(rng, sequence.tokens.size()), 0, sequence);
}

ContinualReber::ContinualReber(const Data& data, Index length)
    : SingleSequences(data, fmt::format("continual embedded Reber strings in {} steps", length), length,
                      reber_vocabulary(), {"T", "P"}) {
  if (length < kShortestEmbedded)
    fail("embedded Reber strings in {} steps are impossible, expected {} or more", length, kShortestEmbedded);
}

void ContinualReber::write(Rng& rng, Sequence<float>& sequence) const {
  // The first one fits, so that every sequence asks for something.
  std::size_t most = sequence.tokens.size();
  for (std::size_t first = 0; first < sequence.tokens.size();) {
    const std::string all = embedded_string(rng, most);
    put_string(all, first, sequence);
    first += all.size();
    most = std::string::npos;
  }
}

}  // namespace gatescope::task
