#include "core/task/vocabulary.h"

#include <algorithm>
#include <unordered_set>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/task/utf8.h"

namespace gatescope::task {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kShown = 80;  // characters listed in an error

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> entries, std::string_view origin)
    : entries_(std::move(entries)) {
  std::unordered_set<std::string_view> seen;
  for (std::size_t k = 0; k < entries_.size(); ++k) {
    const std::string& entry = entries_[k];
    if (entry.empty()) fail("{}: entry {} is empty, expected a character", origin, k);
    if (!seen.insert(entry).second) fail("{}: entry {}, {}, stands there twice", origin, k, in_quotes(entry));
    // A byte order mark of a whole text is dropped in decoding; here it may be an entry.
    const std::u32string characters = decode_utf8(std::string(kByteOrderMark) + entry, InvalidUtf8::error,
                                                  fmt::format("{}: entry {}", origin, k));
    if (characters.size() == 1) numbers_[characters[0]] = static_cast<int>(k);
  }
}

Vocabulary Vocabulary::of(std::u32string_view text) {
  std::u32string characters(text);
  std::ranges::sort(characters);
  characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
  std::vector<std::string> entries;
  for (const char32_t character : characters) entries.push_back(encode_utf8({&character, 1}));
  return Vocabulary(std::move(entries));
}

int Vocabulary::find(char32_t character) const {
  const auto found = numbers_.find(character);
  return found == numbers_.end() ? -1 : found->second;
}

std::vector<int> Vocabulary::encode(std::u32string_view text, std::string_view origin) const {
  std::vector<int> numbers;
  numbers.reserve(text.size());
  for (std::size_t k = 0; k < text.size(); ++k) {
    const int number = find(text[k]);
    if (number < 0) {
      std::string known;
      for (std::size_t n = 0; n < std::min(entries_.size(), kShown); ++n) known += entries_[n];
      fail(
          "{}: the model does not know the character {} (U+{:04X}) at position {}; its {} characters are "
          "{}{}",
          origin, in_quotes(encode_utf8(text.substr(k, 1))), static_cast<std::uint32_t>(text[k]), k,
          entries_.size(), in_quotes(known, 4 * kShown), entries_.size() > kShown ? " and more" : "");
    }
    numbers.push_back(number);
  }
  return numbers;
}

std::string Vocabulary::decode(std::span<const int> numbers) const {
  std::string text;
  for (const int number : numbers) text += entries_[static_cast<std::size_t>(number)];
  return text;
}

}  // namespace gatescope::task
