#include "core/task/pair_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/capitalised.h"
#include "core/csv_rows.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/number_from_chars.h"
#include "core/sha256.h"
#include "core/task/symbols.h"
#include "core/utf8.h"

namespace gatescope::task {
namespace {

/// Whether every line that is not empty has one tab.
bool has_tabs(std::string_view text) {
  bool any = false;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = text.substr(0, end);
    if (!without_blanks(line).empty() && std::ranges::count(line, '\t') != 1) return false;
    any = any || !line.empty();
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return any;
}

Index longest_of(const PairText& text, std::u32string Pair::*side) {
  std::size_t longest = 0;
  for (const Pair& pair : text.pairs) longest = std::max(longest, (pair.*side).size());
  return static_cast<Index>(longest);
}

}  // namespace

PairText parse_pairs(std::string_view bytes, std::string_view origin, Index longest) {
  const std::string utf8 = encode_utf8(decode_utf8(bytes, InvalidUtf8::error, origin));
  PairText read;
  std::set<char32_t> characters;
  CsvRows rows(utf8, origin, has_tabs(utf8) ? std::optional('\t') : std::nullopt);
  bool first = true;
  while (std::optional<CsvRow> row = rows.next()) {
    const std::vector<std::string>& fields = row->fields;
    if (fields.size() == 1 && fields[0].empty()) continue;
    const auto wrong = [&](std::string_view what) {
      fail("'{}', line {} {}, expected a source and a target", origin, row->line, what);
    };
    if (fields.size() != 2)
      wrong(fields.size() == 1 ? fmt::format("has one field alone, {}", in_quotes(fields[0]))
                               : fmt::format("has {} fields", fields.size()));
    if (std::exchange(first, false) && in_small_letters(fields[0]) == "source" &&
        in_small_letters(fields[1]) == "target")
      continue;
    if (fields[0].empty()) wrong("has no source");
    if (fields[1].empty()) wrong("has no target");
    Pair pair{all_characters(fields[0]), all_characters(fields[1])};
    for (const std::u32string* side : {&pair.source, &pair.target})
      for (const char32_t c : *side)
        if (kPairSigns.find(c) != kPairSigns.npos)
          fail(
              "'{}', line {} has {}, which stands for the beginning, the end or the filling of a target: "
              "expected another character",
              origin, row->line, in_quotes(encode_utf8(std::u32string_view(&c, 1))));
    if (std::ssize(pair.source) > longest || std::ssize(pair.target) > longest) {
      ++read.left_out;
      continue;
    }
    characters.insert(pair.source.begin(), pair.source.end());
    characters.insert(pair.target.begin(), pair.target.end());
    read.pairs.push_back(std::move(pair));
  }
  if (read.pairs.empty())
    fail("'{}' has no pairs{}, expected a source and a target in each line", origin,
         read.left_out > 0 ? fmt::format(" of at most {} characters", longest) : "");
  read.characters.assign(characters.begin(), characters.end());
  read.digest = sha256(bytes);
  return read;
}

bool looks_like_pairs(std::string_view beginning) {
  // The last line may be cut off.
  if (const std::size_t end = beginning.find_last_of("\r\n"); end != beginning.npos)
    beginning = beginning.substr(0, end + 1);
  Index rows = 0, numbers = 0;
  try {
    CsvRows cut(beginning, "the file", has_tabs(beginning) ? std::optional('\t') : std::nullopt);
    while (const std::optional<CsvRow> row = cut.next()) {
      if (row->fields.size() == 1 && row->fields[0].empty()) continue;
      if (row->fields.size() != 2 || row->fields[0].empty()) return false;
      ++rows;
      numbers += row->fields[1].empty() || is_number(with_decimal_point(row->fields[1]));
    }
  } catch (const Error&) {
    return false;
  }
  return rows >= 2 && 2 * numbers < rows;
}

PairLines::PairLines(const Data& data, PairText text, double held_out)
    : Pairs(data, text.characters, longest_of(text, &Pair::source), longest_of(text, &Pair::target)),
      text_(std::move(text)) {
  std::map<std::u32string, std::vector<int>> sources;
  for (std::size_t k = 0; k < text_.pairs.size(); ++k)
    sources[text_.pairs[k].source].push_back(static_cast<int>(k));
  const Index count = std::ssize(sources);
  if (count < 2) fail("pairs of one source are not enough, expected one to learn and one to hold out");
  std::vector<const std::vector<int>*> all;
  for (const auto& [source, pairs] : sources) all.push_back(&pairs);
  Rng rng{data.seed, 0x9a};
  const Index held =
      std::clamp<Index>(static_cast<Index>(std::lround(held_out * static_cast<double>(count))), 1, count - 1);
  const std::vector<int> order = drawn(rng, count, count);
  for (Index k = 0; k < count; ++k) {
    if (k == count - held) learnt_ = std::ssize(order_);
    const std::vector<int>& pairs = *all[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])];
    order_.insert(order_.end(), pairs.begin(), pairs.end());
  }
  measure_chance();
}

std::string PairLines::fingerprint() const {
  return fmt::format("SHA-256 {}, seed {}", text_.digest, data().seed);
}

Pair PairLines::training_pair(Rng& rng) const {
  return text_.pairs[static_cast<std::size_t>(order_[static_cast<std::size_t>(below(rng, learnt_))])];
}

Index PairLines::held_out_batches() const {
  return (std::ssize(order_) - learnt_ + data().batch - 1) / data().batch;
}

std::optional<Pair> PairLines::held_out_pair(Index place) const {
  if (learnt_ + place >= std::ssize(order_)) return std::nullopt;
  return text_.pairs[static_cast<std::size_t>(order_[static_cast<std::size_t>(learnt_ + place)])];
}

}  // namespace gatescope::task
