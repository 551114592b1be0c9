#include "app/desk/unknown_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::ui {

std::string UnknownText::sentence() const {
  constexpr std::size_t most = 6;
  std::string list;
  for (std::size_t k = 0; k < std::min(which.size(), most); ++k) {
    if (k > 0) list += k + 1 == which.size() ? " and " : ", ";
    list += fmt::format("‘{}’", printable(which[k]));
  }
  if (which.size() > most) list += fmt::format(" and {} more", which.size() - most);
  return fmt::format("The model does not know {}.", list);
}

namespace {

/// Whether a word of letters goes on from one of these characters to the other.
bool joins(const std::u32string& text, std::size_t left, std::size_t right) {
  const auto is_space = [](char32_t c) { return c == U' ' || c == U'\n' || c == U'\t' || c == U'\r'; };
  return right < text.size() && !is_space(text[left]) && !is_space(text[right]);
}

/// The places of a text at which one of these entries stands, as whole words where they are words.
std::vector<std::pair<std::size_t, std::size_t>> places_of(const std::u32string& text,
                                                           const std::vector<std::u32string>& entries) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    for (const std::u32string& entry : entries) {
      if (entry.size() <= length || text.compare(at, entry.size(), entry) != 0) continue;
      const bool inside = entry.size() > 1 && at > 0 && joins(text, at - 1, at);
      if (!inside) length = entry.size();
    }
    if (length > 0) places.emplace_back(at, at + length);
    at += std::max<std::size_t>(length, 1);
  }
  return places;
}

bool reads(const task::Vocabulary& vocabulary, const std::u32string& text) {
  try {
    vocabulary.encode(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

UnknownText find_unknown(std::string_view utf8, std::span<const std::string> vocabulary) {
  UnknownText unknown;
  if (vocabulary.empty()) return unknown;
  const std::u32string text = decode_utf8(utf8, InvalidUtf8::replace, "the probe");
  const task::Vocabulary known({vocabulary.begin(), vocabulary.end()});
  if (reads(known, text)) return unknown;
  // What the vocabulary would gain.
  const std::vector<std::string> all = known.extended_by(text).entries();
  std::vector<std::u32string> beyond;
  for (std::size_t n = vocabulary.size(); n < all.size(); ++n)
    beyond.push_back(decode_utf8(all[n], InvalidUtf8::replace, "the probe"));
  unknown.places = places_of(text, beyond);
  std::u32string without;
  std::size_t at = 0;
  for (const auto& [begin, end] : unknown.places) {
    without += text.substr(at, begin - at);
    at = end;
    std::string what = encode_utf8(text.substr(begin, end - begin));
    if (std::ranges::find(unknown.which, what) == unknown.which.end())
      unknown.which.push_back(std::move(what));
  }
  unknown.without = encode_utf8(without + text.substr(at));
  return unknown;
}

}  // namespace gatescope::ui
