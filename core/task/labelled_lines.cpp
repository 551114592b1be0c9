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
#include "core/utf8.h"

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

}  // namespace

LabelledText parse_labelled_lines(std::string_view bytes, std::string_view origin, Index longest) {
  const std::string utf8 = encode_utf8(decode_utf8(bytes, InvalidUtf8::error, origin));
  struct Read {
    std::string label;
    std::u32string text;
  };
  std::vector<Read> all;
  std::set<std::string> labels;
  std::set<char32_t> characters;
  LabelledText read;
  each_line(utf8, [&](std::string_view line, std::size_t number) {
    if (line.find_first_not_of(" \t") == line.npos) return;
    const std::size_t tab = line.find('\t');
    const auto wrong = [&](std::string_view what) {
      fail("'{}', line {} {}, expected a label, a tab and a text: {}", origin, number, what, in_quotes(line));
    };
    if (tab == line.npos) wrong("has no tab");
    if (tab == 0) wrong("has no label");
    if (tab > kLongestLabel) wrong(fmt::format("has a label of more than {} bytes", kLongestLabel));
    if (tab + 1 == line.size()) wrong("has no text");
    Read& one =
        all.emplace_back(Read{std::string(line.substr(0, tab)), all_characters(line.substr(tab + 1))});
    if (one.text.empty()) wrong("has no text");
    if (std::ssize(one.text) > longest) one.text.resize(static_cast<std::size_t>(longest)), ++read.cut;
    labels.insert(one.label);
    characters.insert(one.text.begin(), one.text.end());
    if (labels.size() > kMostLabels)
      fail("'{}', line {}: there are more than {} labels, expected the same ones again and again", origin,
           number, kMostLabels);
  });
  if (all.empty()) fail("'{}' has no lines, expected a label, a tab and a text in each", origin);
  if (labels.size() < 2)
    fail("'{}' has the label {} alone, expected two or more to tell apart", origin,
         in_quotes(*labels.begin()));
  read.labels.assign(labels.begin(), labels.end());
  std::map<char32_t, int> numbers;
  for (const char32_t c : characters) {
    numbers.emplace(c, static_cast<int>(read.characters.size()));
    read.characters.push_back(encode_utf8(std::u32string_view(&c, 1)));
  }
  for (const Read& one : all) {
    LabelledLine& line = read.lines.emplace_back();
    line.label = static_cast<int>(std::ranges::lower_bound(read.labels, one.label) - read.labels.begin());
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
  bool fits = true, texts = false;
  each_line(beginning, [&](std::string_view line, std::size_t) {
    if (line.empty()) return;
    const std::size_t tab = line.find('\t');
    fits = fits && tab != line.npos && tab > 0 && tab <= most && tab + 1 < line.size() &&
           line.find('\t', tab + 1) == line.npos;
    if (!fits) return;
    ++lines;
    labels.insert(line.substr(0, tab));
    texts = texts || !is_number(line.substr(tab + 1));
  });
  return fits && texts && labels.size() >= 2 && 2 * labels.size() <= lines;
}

LabelledLines::LabelledLines(const Data& data, LabelledText text, double held_out)
    : data_(data), text_(std::move(text)) {
  const Index count = std::ssize(text_.lines);
  if (count < 2) fail("one labelled line is not enough, expected one to learn and one to hold out");
  Rng rng{data.seed, 0x1a};
  order_ = drawn(rng, count, count);
  const auto held = static_cast<Index>(std::lround(held_out * static_cast<double>(count)));
  learnt_ = count - std::clamp<Index>(held, 1, count - 1);
  for (const LabelledLine& each : text_.lines) steps_ = std::max(steps_, std::ssize(each.tokens));
}

std::string LabelledLines::fingerprint() const {
  return fmt::format("SHA-256 {}, seed {}", text_.digest, data_.seed);
}

std::optional<double> LabelledLines::chance() const {
  std::vector<double> shares(text_.labels.size());
  for (Index place = 0; place < learnt_; ++place)
    shares[static_cast<std::size_t>(line(place).label)] += 1.0 / static_cast<double>(learnt_);
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
    write(line(below(rng, learnt_)), b, batch);
  }
}

Index LabelledLines::held_out_batches() const {
  return (std::ssize(order_) - learnt_ + data_.batch - 1) / data_.batch;
}

void LabelledLines::held_out_batch(Index number, Batch& batch) const {
  begin(batch);
  for (Index b = 0; b < batch.size; ++b) {
    const Index place = learnt_ + b * held_out_batches() + number;
    if (place >= std::ssize(order_)) break;  // the rest is scored nowhere
    write(line(place), b, batch);
  }
}

}  // namespace gatescope::task
