#include "core/task/pair_lines.h"

#include <fmt/format.h>

#include <algorithm>
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

namespace gatescope::task {
namespace {

/// Calls take(line) for every line that is not blank, without its end.
template <class Take>
void each_row(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = text.substr(0, end);
    if (!without_blanks(line).empty()) take(line);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
}

/// Whether half the lines have a tab.
bool has_tabs(std::string_view text) {
  Index lines = 0, with = 0;
  each_row(text, [&](std::string_view line) { ++lines, with += line.find('\t') != line.npos; });
  return with > 0 && 2 * with >= lines;
}

CsvRows rows_between(std::string_view text, std::string_view origin, char separator) {
  return {text, origin, separator, separator == '\t' ? Quotes::ordinary : Quotes::around_fields};
}

/// The share of rows that a separator cuts in two; what it cannot read ends them.
double share_of_pairs(std::string_view text, char separator) {
  Index rows = 0, pairs = 0;
  try {
    CsvRows cut = rows_between(text, "", separator);
    while (const std::optional<CsvRow> row = cut.next()) {
      if (row->fields.size() == 1 && row->fields[0].empty()) continue;
      ++rows;
      pairs += row->fields.size() == 2;
    }
  } catch (const Error&) {
    ++rows;
  }
  return rows == 0 ? 0 : static_cast<double>(pairs) / static_cast<double>(rows);
}

/// What cuts most rows in two; none where nothing does. Of two that cut as many a comma is of the text.
std::optional<char> most_often_between(std::string_view text) {
  constexpr std::size_t looked = std::size_t{1} << 20;  // bytes
  std::optional<char> found;
  double most = 0;
  for (const char candidate : {';', ',', '\t'})
    if (const double share = share_of_pairs(text.substr(0, looked), candidate); share > most)
      most = share, found = candidate;
  return found;
}

/// None: whichever the first line has most of.
std::optional<char> separator_of(std::string_view text, std::string_view origin) {
  const std::string name = in_small_letters(origin.substr(std::max<std::size_t>(origin.size(), 4) - 4));
  if (name == ".tsv" || name == ".tab") return '\t';
  if (name != ".csv" && has_tabs(text)) return '\t';
  return most_often_between(text);
}

CsvRows rows_of(std::string_view text, std::string_view origin) {
  const std::optional<char> separator = separator_of(text, origin);
  return separator ? rows_between(text, origin, *separator) : CsvRows(text, origin);
}

std::string_view name_of(char separator) {
  return separator == '\t' ? "a tab" : separator == ';' ? "a semicolon" : "a comma";
}

Index longest_of(const PairText& text, std::u32string Pair::*side) {
  std::size_t longest = 0;
  for (const Pair& pair : text.pairs) longest = std::max(longest, (pair.*side).size());
  return static_cast<Index>(longest);
}

}  // namespace

PairText parse_pairs(std::string_view bytes, std::string_view origin, Index longest, InvalidUtf8 on_invalid,
                     const std::optional<std::u32string>& known) {
  const std::string utf8 = encode_utf8(decode_utf8(bytes, on_invalid, origin));
  PairText read;
  std::set<char32_t> characters;
  if (known) characters.insert(known->begin(), known->end());
  CsvRows rows = rows_of(utf8, origin);
  bool first = true;
  while (std::optional<CsvRow> row = rows.next()) {
    const std::vector<std::string>& fields = row->fields;
    if (fields.size() == 1 && fields[0].empty()) continue;
    const auto wrong = [&](std::string_view what) {
      fail("'{}', line {} {}, expected a source, {} and a target", origin, row->line, what,
           name_of(rows.separator()));
    };
    for (const std::string& field : fields)
      if (field.find('\0') != field.npos) wrong("has a zero byte, which no text has");
    if (fields.size() != 2)
      wrong(fields.size() == 1 ? fmt::format("has one field alone, {}", in_quotes(fields[0]))
                               : fmt::format("has {} fields", fields.size()));
    if (std::exchange(first, false) && in_small_letters(fields[0]) == "source" &&
        in_small_letters(fields[1]) == "target")
      continue;
    if (fields[0].empty()) wrong("has no source");
    if (fields[1].empty()) wrong("has no target");
    Pair pair{all_characters(fields[0]), all_characters(fields[1])};
    const auto quoted = [](char32_t c) { return in_quotes(encode_utf8(c)); };
    for (const std::u32string* side : {&pair.source, &pair.target})
      for (const char32_t c : *side)
        if (kPairSigns.find(c) != kPairSigns.npos)
          fail(
              "'{}', line {} has {}, which stands for the beginning, the end or the filling of a target: "
              "expected another character",
              origin, row->line, quoted(c));
    if (std::ssize(pair.source) > longest || std::ssize(pair.target) > longest) {
      ++read.left_out;
      continue;
    }
    for (const std::u32string* side : {&pair.source, &pair.target})
      for (const char32_t c : *side)
        if (characters.insert(c).second && known)
          fail("'{}', line {} has the character {}, which the model does not know", origin, row->line,
               quoted(c));
    read.pairs.push_back(std::move(pair));
  }
  if (read.pairs.empty())
    fail("'{}' has no pairs{}, expected a source and a target in each line", origin,
         read.left_out > 0 ? fmt::format(" of at most {} characters", longest) : "");
  read.characters = known ? *known : std::u32string(characters.begin(), characters.end());
  read.digest = sha256(bytes);
  return read;
}

bool looks_like_pairs(std::string_view beginning, std::string_view origin) {
  // The last line may be cut off.
  if (const std::size_t end = beginning.find_last_of("\r\n"); end != beginning.npos)
    beginning = beginning.substr(0, end + 1);
  Index rows = 0, odd = 0, numbers = 0;
  try {
    CsvRows cut = rows_of(beginning, origin);
    while (const std::optional<CsvRow> row = cut.next()) {
      if (row->fields.size() == 1 && row->fields[0].empty()) continue;
      ++rows;
      if (row->fields.size() != 2 || row->fields[0].empty())
        ++odd;  // reading it names the line
      else
        numbers += row->fields[1].empty() || is_number(with_decimal_point(row->fields[1]));
    }
  } catch (const Error&) {
    return false;
  }
  return rows >= 2 && 10 * odd <= rows && 2 * numbers < rows - odd;
}

PairLines::PairLines(const Data& data, PairText text, const Split& split)
    : Pairs(data, text.characters, longest_of(text, &Pair::source), longest_of(text, &Pair::target)),
      text_(std::move(text)) {
  std::vector<std::uint64_t> hashes;
  for (const Pair& pair : text_.pairs) hashes.push_back(hash_of(pair.source));
  const bool different = std::ranges::adjacent_find(hashes, std::not_equal_to()) != hashes.end();
  if (!different && (split.by == SplitBy::share || split.by == SplitBy::drawing))
    fail("pairs of one source are not enough, expected one to learn and one to hold out");
  if (split.by == SplitBy::drawing) {
    std::map<std::u32string_view, std::vector<int>> sources;
    for (std::size_t k = 0; k < text_.pairs.size(); ++k)
      sources[text_.pairs[k].source].push_back(static_cast<int>(k));
    std::vector<std::vector<int>> groups;
    for (auto& [source, pairs] : sources) groups.push_back(std::move(pairs));
    rows_ = split_by_drawing(groups, split.number, Rng{data.seed, 0x9a});
  } else {
    rows_ = split_by_hash(hashes, split, data.seed);
  }
  measure_chance();
}

std::string PairLines::fingerprint() const {
  return file_fingerprint(text_.digest, data().seed, rows_);
}

Pair PairLines::training_pair(Rng& rng) const {
  // Where nothing is learnt they are drawn for the chance alone.
  return pair(below(rng, rows_.learnt > 0 ? rows_.learnt : std::ssize(rows_.order)));
}

Index PairLines::held_out_batches() const {
  return (std::ssize(rows_.order) - rows_.learnt + data().batch - 1) / data().batch;
}

std::optional<Pair> PairLines::held_out_pair(Index place) const {
  if (rows_.learnt + place >= std::ssize(rows_.order)) return std::nullopt;
  return pair(rows_.learnt + place);
}

}  // namespace gatescope::task
