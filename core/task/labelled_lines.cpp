#include "core/task/labelled_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/number_from_chars.h"
#include "core/sha256.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

constexpr std::size_t kMostLabels = 1000, kLongestLabel = 200;  // bytes

/// Calls take(line, number) for every line, without its end, numbers from 1.
template <class Take>
void each_line(std::string_view text, const Take& take) {
  std::size_t number = 1;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (line.ends_with('\r')) line.remove_suffix(1);
    take(line, number++);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
}

/// "\"a\", \"b\" and 7 others".
std::string listed(const std::vector<std::string>& labels) {
  constexpr std::size_t most = 8;
  std::string list;
  for (std::size_t k = 0; k < std::min(most, labels.size()); ++k)
    list += (k == 0 ? "" : ", ") + in_quotes(labels[k], 40);
  return labels.size() > most ? fmt::format("{} and {} others", list, labels.size() - most) : list;
}

/// Throws Error for the first line with a label that the model does not have.
void refuse_unknown(const std::map<std::string, std::size_t>& labels, const std::vector<std::string>& known,
                    std::string_view origin) {
  const std::map<std::string, std::size_t>::value_type* first = nullptr;
  std::vector<std::string> here;
  for (const auto& each : labels) {
    here.push_back(each.first);
    if (std::ranges::find(known, each.first) == known.end() && (!first || each.second < first->second))
      first = &each;
  }
  if (!first) return;
  fail("'{}', line {} has the label {}, which the model does not know: the file has {}, the model {}", origin,
       first->second, in_quotes(first->first), listed(here), listed(known));
}

}  // namespace

LabelledText parse_labelled_lines(std::string_view bytes, std::string_view origin, Index longest,
                                  InvalidUtf8 on_invalid, const std::optional<KnownLabels>& known) {
  const std::string utf8 = encode_utf8(decode_utf8(bytes, on_invalid, origin));
  const Index hashed = known ? known->longest : longest;
  struct Read {
    std::string label;
    std::u32string text;
    std::size_t number;
    std::uint64_t hash;
  };
  std::vector<Read> all;
  std::map<std::string, std::size_t> labels;  // and the line in which each comes first
  std::map<char32_t, std::size_t> characters;
  LabelledText read;
  each_line(utf8, [&](std::string_view line, std::size_t number) {
    if (line.find_first_not_of(" \t") == line.npos) return;
    const std::size_t tab = line.find('\t');
    const auto wrong = [&](std::string_view what) {
      fail("'{}', line {} {}, expected a label, a tab and a text: {}", origin, number, what, in_quotes(line));
    };
    if (line.find('\0') != line.npos) wrong("has a zero byte, which no text has");
    if (tab == line.npos) wrong("has no tab");
    if (tab == 0) wrong("has no label");
    if (tab > kLongestLabel) wrong(fmt::format("has a label of more than {} bytes", kLongestLabel));
    if (tab + 1 == line.size()) wrong("has no text");
    Read& one = all.emplace_back(
        Read{std::string(line.substr(0, tab)), all_characters(line.substr(tab + 1)), number, 0});
    if (one.text.empty()) wrong("has no text");
    one.hash = hash_of(std::u32string_view(one.text).substr(0, static_cast<std::size_t>(hashed)));
    if (std::ssize(one.text) > longest) one.text.resize(static_cast<std::size_t>(longest)), ++read.cut;
    labels.emplace(one.label, number);
    for (const char32_t c : one.text) characters.emplace(c, number);
    if (labels.size() > kMostLabels)
      fail("'{}', line {}: there are more than {} labels, expected the same ones again and again", origin,
           number, kMostLabels);
  });
  if (all.empty()) fail("'{}' has no lines, expected a label, a tab and a text in each", origin);
  if (known && !known->labels.empty()) {
    read.labels = known->labels;
    refuse_unknown(labels, known->labels, origin);
  } else {
    if (labels.size() < 2)
      fail("'{}' has the label {} alone, expected two or more to tell apart", origin,
           in_quotes(labels.begin()->first));
    for (const auto& [label, line] : labels) read.labels.push_back(label);
  }
  std::map<char32_t, int> numbers;
  if (known) {
    read.characters = known->characters;
    for (const std::string& c : known->characters)
      numbers.emplace(all_characters(c).front(), static_cast<int>(numbers.size()));
  } else {
    for (const auto& [c, line] : characters) {
      numbers.emplace(c, static_cast<int>(read.characters.size()));
      read.characters.push_back(encode_utf8(c));
    }
  }
  for (const auto& [c, line] : characters)
    if (!numbers.contains(c))
      fail("'{}', line {} has the character {}, which the model does not know", origin, line,
           in_quotes(encode_utf8(c)));
  std::map<std::string_view, int> places;
  for (const std::string& label : read.labels) places.emplace(label, static_cast<int>(places.size()));
  for (const Read& one : all) {
    LabelledLine& line = read.lines.emplace_back();
    line.label = places.at(one.label);
    line.hash = one.hash;
    for (const char32_t c : one.text) line.tokens.push_back(numbers.at(c));
  }
  read.digest = sha256(bytes);
  return read;
}

bool looks_like_labelled_lines(std::string_view beginning) {
  // The last line may be cut off.
  if (const std::size_t end = beginning.rfind('\n'); end != beginning.npos)
    beginning = beginning.substr(0, end + 1);
  constexpr std::size_t most = 64;
  std::set<std::string_view> labels;
  std::size_t lines = 0;
  std::size_t odd = 0;  // reading them names the line
  bool texts = false;
  each_line(beginning, [&](std::string_view line, std::size_t) {
    if (line.empty()) return;
    const std::size_t tab = line.find('\t');
    ++lines;
    if (tab == line.npos || tab == 0 || tab > most || tab + 1 == line.size() ||
        line.find('\t', tab + 1) != line.npos) {
      ++odd;
      return;
    }
    labels.insert(line.substr(0, tab));
    texts = texts || !is_number(line.substr(tab + 1));
  });
  return 20 * odd <= lines && texts && labels.size() >= 2 && 2 * labels.size() <= lines;
}

LabelledLines::LabelledLines(const Data& data, LabelledText text, const Split& split)
    : data_(data), text_(std::move(text)) {
  if (split.by == SplitBy::drawing) {
    std::vector<std::vector<int>> lines;
    for (std::size_t k = 0; k < text_.lines.size(); ++k) lines.push_back({static_cast<int>(k)});
    rows_ = split_by_drawing(lines, split.number, Rng{data.seed, 0x1a});
  } else {
    std::vector<std::uint64_t> hashes;
    for (const LabelledLine& each : text_.lines) hashes.push_back(each.hash);
    rows_ = split_by_hash(hashes, split, data.seed);
  }
  for (const LabelledLine& each : text_.lines) steps_ = std::max(steps_, std::ssize(each.tokens));
}

std::string LabelledLines::fingerprint() const {
  return file_fingerprint(text_.digest, data_.seed, rows_);
}

std::optional<double> LabelledLines::chance() const {
  std::vector<double> shares(text_.labels.size());
  const Index count = rows_.learnt > 0 ? rows_.learnt : std::ssize(rows_.order);
  for (Index place = 0; place < count; ++place)
    shares[static_cast<std::size_t>(line(place).label)] += 1.0 / static_cast<double>(count);
  double nats = 0;
  for (const double share : shares)
    if (share > 0) nats -= share * std::log(share);
  return nats;
}

void LabelledLines::begin(Batch& batch) const {
  const auto count = static_cast<std::size_t>(steps_ * data_.batch);
  batch.steps = steps_;
  batch.size = data_.batch;
  batch.continues = false;
  batch.tokens.assign(count, 0);
  batch.classes.assign(count, -1);
  batch.values.clear();
  batch.target_values.clear();
  batch.scored.clear();
}

void LabelledLines::write(const LabelledLine& line, Index entry, Batch& batch) const {
  Index t = 0;
  for (const int token : line.tokens)
    batch.tokens[static_cast<std::size_t>(t++ * batch.size + entry)] = token;
  batch.classes[static_cast<std::size_t>((t - 1) * batch.size + entry)] = line.label;
}

void LabelledLines::training_batch(std::uint64_t update, Batch& batch) const {
  begin(batch);
  for (Index b = 0; b < batch.size; ++b) {
    Rng rng{data_.seed, 0, update, static_cast<std::uint64_t>(b)};
    write(line(below(rng, rows_.learnt)), b, batch);
  }
}

Index LabelledLines::held_out_batches() const {
  return (std::ssize(rows_.order) - rows_.learnt + data_.batch - 1) / data_.batch;
}

void LabelledLines::held_out_batch(Index number, Batch& batch) const {
  begin(batch);
  for (Index b = 0; b < batch.size; ++b) {
    const Index place = rows_.learnt + b * held_out_batches() + number;
    if (place >= std::ssize(rows_.order)) break;  // the rest is scored nowhere
    write(line(place), b, batch);
  }
}

}  // namespace gatescope::task
