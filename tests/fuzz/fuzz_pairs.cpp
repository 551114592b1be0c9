// Any bytes, whatever their file is called, are refused with an Error or are pairs: no side empty or longer
// than the limit, without the signs of pairs, and the same once more when they are written and read again.
#include <optional>
#include <utility>

#include "core/task/pair_lines.h"
#include "core/utf8.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

/// As CSV, every field in quotes.
std::string written(const task::PairText& text) {
  std::string rows;
  const auto add = [&](const std::u32string& side, char behind) {
    rows += '"';
    for (const char c : encode_utf8(side)) rows += c == '"' ? std::string("\"\"") : std::string(1, c);
    rows += '"';
    rows += behind;
  };
  for (const task::Pair& pair : text.pairs) {
    add(pair.source, ',');
    add(pair.target, '\n');
  }
  return rows;
}

}  // namespace

namespace {

std::optional<task::PairText> read(std::string_view bytes, std::string_view name, InvalidUtf8 on_invalid) {
  task::looks_like_pairs(bytes, name);
  constexpr Index longest = 20;
  task::PairText text;
  try {
    text = task::parse_pairs(bytes, name, longest, on_invalid);
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return std::nullopt;
  }
  fuzz::require(!text.pairs.empty(), "there are pairs");
  for (const task::Pair& pair : text.pairs)
    for (const std::u32string* side : {&pair.source, &pair.target}) {
      fuzz::require(!side->empty() && std::ssize(*side) <= longest, "a side within the limit");
      for (const char32_t c : *side) {
        fuzz::require(task::kPairSigns.find(c) == task::kPairSigns.npos, "no sign of pairs");
        fuzz::require(text.characters.find(c) != text.characters.npos, "a character there is");
      }
    }
  const std::string again = written(text);
  // A first row of "source" and "target" is a header.
  const task::PairText second =
      task::parse_pairs("source,target\n" + again, "again.csv", longest, InvalidUtf8::error, text.characters);
  fuzz::require(second.pairs == text.pairs, "it reads back the same");
  return text;
}

void split(task::PairText text) {
  const task::PairLines whole({.batch = 3}, text, {task::SplitBy::none, 0});
  fuzz::require(*whole.held_out_count() == std::ssize(text.pairs), "all of another file is measured");
  try {
    const task::PairLines made({.batch = 3}, std::move(text), {task::SplitBy::share, 0.3});
    for (std::uint64_t number = 0; number < task::held_out_sequences(made); ++number)
      fuzz::require(!task::held_out_sequence(made, number).tokens.empty(), "a sequence has steps");
  } catch (const Error&) {
    // one source alone
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  std::optional<task::PairText> last;
  for (const std::string_view name : {"fuzz.tsv", "fuzz.csv", "fuzz"})
    for (const InvalidUtf8 on_invalid : {InvalidUtf8::error, InvalidUtf8::replace})
      if (auto text = read(bytes, name, on_invalid)) last = std::move(text);
  if (last) split(std::move(*last));
  return 0;
}
