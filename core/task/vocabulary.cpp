#include "core/task/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <unordered_set>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/utf8.h"

namespace gatescope::task {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kShown = 80;  // characters listed in an error
constexpr std::array<std::string_view, 12> kUnknown{"<unk>",     "<UNK>",     "[UNK]",   "[unk]",
                                                    "<unknown>", "<UNKNOWN>", "<oov>",   "<OOV>",
                                                    "[OOV]",     "UNK",       "<|unk|>", "_UNK_"};
constexpr std::array<std::string_view, 4> kLineEnds{"\n", "<eos>", "<EOS>", "</s>"};

/// "<pad>", "[UNK]": an entry that is no text.
bool is_special(std::string_view entry) {
  return entry.size() > 2 &&
         ((entry.front() == '<' && entry.back() == '>') || (entry.front() == '[' && entry.back() == ']'));
}

bool is_space(char32_t c) {
  return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r' || c == U'\f' || c == U'\v' || c == 0xA0 ||
         c == 0x2028 || c == 0x2029 || c == 0x3000;
}

/// Of a word: everything but ASCII's and the usual typographic punctuation.
bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return c >= 0xC0 && !(c >= 0x2000 && c <= 0x206F) && !(c >= 0x3000 && c <= 0x303F);
}

}  // namespace

std::string Unknown::sentence(std::string_view origin, bool words) const {
  return fmt::format("{}: {} {} that the model does not know, the first {}, {} read as {}", origin, count,
                     words ? (count == 1 ? "word" : "words") : (count == 1 ? "character" : "characters"),
                     in_quotes(first), count == 1 ? "is" : "are", in_quotes(entry));
}

Vocabulary::Vocabulary(std::vector<std::string> entries, std::string_view origin)
    : entries_(std::move(entries)) {
  std::unordered_set<std::string_view> seen;
  bool has_words = false, has_space = false;
  for (std::size_t k = 0; k < entries_.size(); ++k) {
    const std::string& entry = entries_[k];
    if (entry.empty()) fail("{}: entry {} is empty, expected a character", origin, k);
    if (!seen.insert(entry).second) fail("{}: entry {}, {}, stands there twice", origin, k, in_quotes(entry));
    // A byte order mark of a whole text is dropped in decoding; here it may be an entry.
    std::u32string characters = decode_utf8(std::string(kByteOrderMark) + entry, InvalidUtf8::error,
                                            fmt::format("{}: entry {}", origin, k));
    has_space = has_space || characters.find(U' ') != std::u32string::npos;
    if (characters.size() == 1) {
      numbers_[characters[0]] = static_cast<int>(k);
      continue;
    }
    has_words = has_words || !is_special(entry);
    longest_ = std::max(longest_, characters.size());
    longer_[std::move(characters)] = static_cast<int>(k);
  }
  words_ = has_words && !has_space;
  for (const std::string_view name : kUnknown)
    if (unknown_ < 0) unknown_ = find(name);
  for (const std::string_view name : kLineEnds)
    if (line_break_ < 0) line_break_ = find(name);
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

int Vocabulary::find(std::string_view entry) const {
  const auto found = std::ranges::find(entries_, entry);
  return found == entries_.end() ? -1 : static_cast<int>(found - entries_.begin());
}

/// A text's way into numbers; calls `on_unknown` with what it does not find, as (begin, end).
class Vocabulary::Cutter {
 public:
  Cutter(const Vocabulary& vocabulary, std::u32string_view text) : v_(vocabulary), text_(text) {
    numbers_.reserve(v_.words_ ? text.size() / 4 : text.size());
  }

  template <class OnUnknown>
  std::vector<int> run(OnUnknown on_unknown) {
    const auto unknown = [&](std::size_t begin, std::size_t end) {
      on_unknown(begin, end);
      if (v_.unknown_ >= 0) numbers_.push_back(v_.unknown_);
    };
    if (v_.words_)
      words(unknown);
    else
      pieces(0, text_.size(), unknown);
    return std::move(numbers_);
  }

 private:
  int find(std::size_t begin, std::size_t end) const {
    if (end - begin == 1) return v_.find(text_[begin]);
    if (end - begin > v_.longest_) return -1;
    const auto found = v_.longer_.find(std::u32string(text_.substr(begin, end - begin)));
    return found == v_.longer_.end() ? -1 : found->second;
  }

  /// The longest entry at each place.
  template <class OnUnknown>
  void pieces(std::size_t begin, std::size_t end, OnUnknown on_unknown) {
    while (begin < end) {
      std::size_t size = v_.longer_.empty() ? 1 : std::min(v_.longest_, end - begin);
      int number = find(begin, begin + size);
      while (number < 0 && size > 1) {
        --size;
        number = find(begin, begin + size);
      }
      number < 0 ? on_unknown(begin, begin + 1) : numbers_.push_back(number);
      begin += size;
    }
  }

  template <class OnUnknown>
  void words(OnUnknown on_unknown) {
    for (std::size_t begin = 0; begin < text_.size();) {
      if (is_space(text_[begin])) {
        if (text_[begin] == U'\n' && v_.line_break_ >= 0) numbers_.push_back(v_.line_break_);
        ++begin;
        continue;
      }
      std::size_t end = begin;
      while (end < text_.size() && !is_space(text_[end])) ++end;
      if (const int number = find(begin, end); number >= 0)
        numbers_.push_back(number);
      else
        parts_of_word(begin, end, on_unknown);
      begin = end;
    }
  }

  template <class OnUnknown>
  void parts_of_word(std::size_t begin, std::size_t end, OnUnknown on_unknown) {
    while (begin < end) {
      std::size_t to = begin + 1;
      while (is_letter(text_[begin]) && to < end && is_letter(text_[to])) ++to;
      if (const int number = find(begin, to); number >= 0)
        numbers_.push_back(number);
      else if (v_.unknown_ >= 0 || !has_pieces(begin, to))
        on_unknown(begin, to);
      else
        pieces(begin, to, on_unknown);
      begin = to;
    }
  }

  bool has_pieces(std::size_t begin, std::size_t end) {
    bool all = true;
    Cutter other(v_, text_);
    other.pieces(begin, end, [&](std::size_t, std::size_t) { all = false; });
    return all;
  }

  const Vocabulary& v_;
  std::u32string_view text_;
  std::vector<int> numbers_;
};

std::vector<int> Vocabulary::encode(std::u32string_view text, std::string_view origin,
                                    Unknown* unknown) const {
  std::size_t count = 0;
  return Cutter(*this, text).run([&](std::size_t begin, std::size_t end) {
    const std::string what = encode_utf8(text.substr(begin, end - begin));
    if (unknown_ >= 0) {
      if (unknown && count++ == 0) *unknown = {0, what, entries_[unknown_]};
      if (unknown) unknown->count = count;
      return;
    }
    std::string known;
    for (std::size_t n = 0; n < std::min(entries_.size(), kShown); ++n)
      known += (words_ && n > 0 ? " " : "") + entries_[n];
    const std::string shown = in_quotes(known, 4 * kShown) + (entries_.size() > kShown ? " and more" : "");
    if (words_) {
      fail("{}: the model does not know the word {} at position {}; its {} words are {}", origin,
           in_quotes(what), begin, entries_.size(), shown);
    }
    fail("{}: the model does not know the character {} (U+{:04X}) at position {}; its {} characters are {}",
         origin, in_quotes(what), static_cast<std::uint32_t>(text[begin]), begin, entries_.size(), shown);
  });
}

std::string Vocabulary::decode(std::span<const int> numbers, std::string_view before) const {
  std::string text;
  const auto needs_space = [&] {
    const char last = !text.empty() ? text.back() : !before.empty() ? before.back() : '\n';
    return last != ' ' && last != '\n' && last != '\t';
  };
  for (const int number : numbers) {
    if (words_ && number == line_break_) {
      text += '\n';
      continue;
    }
    if (words_ && needs_space()) text += ' ';
    text += entries_[number];
  }
  return text;
}

Vocabulary Vocabulary::extended_by(std::u32string_view text) const {
  std::set<std::u32string> added;
  Vocabulary known = *this;
  if (!words_) known.unknown_ = -1;  // a character of its own is more than the unknown
  if (known.unknown_ >= 0) return *this;
  Cutter(known, text).run([&](std::size_t begin, std::size_t end) {
    added.insert(std::u32string(text.substr(begin, end - begin)));
  });
  std::vector<std::string> entries = entries_;
  for (const std::u32string& entry : added) entries.push_back(encode_utf8(entry));
  return Vocabulary(std::move(entries));
}

}  // namespace gatescope::task
