#include "app/language/phrases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json/json_reader.h"

namespace gatescope::language {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestFile = 4 << 20;
constexpr int kDeepest = 3;      // so often is a part of a part told
constexpr std::size_t kFew = 3;  // words: a pattern with fewer is brief, a text with fewer may be a name

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

/// The texts around the gaps of a key.
std::vector<std::string> around_gaps(std::string_view key) {
  std::vector<std::string> literals;
  for (std::size_t at = 0; (at = key.find("{}")) != std::string_view::npos; key.remove_prefix(at + 2))
    literals.emplace_back(key.substr(0, at));
  literals.emplace_back(key);
  return literals;
}

/// "{}", "{1}", "{=}" or "{=1}" at the beginning of a text.
struct Gap {
  std::size_t length = 0;
  std::optional<int> number = {};
  bool as_it_is = false;
};
std::optional<Gap> gap_at(std::string_view text) {
  Gap gap{.length = 1};
  if (!text.starts_with('{')) return {};
  if (text.substr(gap.length).starts_with('=')) gap.as_it_is = true, ++gap.length;
  if (gap.length < text.size() && text[gap.length] >= '0' && text[gap.length] <= '9')
    gap.number = text[gap.length++] - '0';
  if (!text.substr(gap.length).starts_with('}')) return {};
  ++gap.length;
  return gap;
}

std::size_t words_in(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t k = 0; k < text.size(); ++k)
    words += is_letter(text[k]) && (k == 0 || !is_letter(text[k - 1]));
  return words;
}

/// Whether they are so short that they may be somebody's names of models or columns.
bool are_names(const std::vector<std::string>& texts) {
  return std::ranges::all_of(texts, [](const std::string& text) { return words_in(text) < kFew; });
}

bool ends_sentence(std::string_view text) {
  return text.find(". ") != std::string_view::npos || text.find('\n') != std::string_view::npos;
}

/// How many bytes at its beginning are numbers and symbols: all up to the first word.
std::size_t before_words(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (has_word(text.substr(at, end - at))) return at;
    at = std::min(end + 1, text.size());
  }
  return text.size();
}

/// The same with a small or a capital letter at its beginning, also one of those that UTF-8 has two bytes
/// for: ä, ö, ü, é.
std::string with_small(std::string_view text) {
  std::string result(text);
  result[0] = static_cast<char>(result[0] - 'A' + 'a');
  return result;
}
std::string with_capital(std::string text) {
  if (text.empty()) return text;
  if (is_lower(text[0])) text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (text.size() > 1 && text[0] == '\xc3') {
    const auto next = static_cast<unsigned char>(text[1]);
    if (next >= 0xa0 && next <= 0xbe && next != 0xb7) text[1] = static_cast<char>(next - 0x20);
  }
  return text;
}

}  // namespace

bool has_word(std::string_view text) {
  int letters = 0;
  bool small = false;
  for (const char c : text) {
    if (!is_letter(c)) {
      letters = 0, small = false;
      continue;
    }
    ++letters;
    small |= is_lower(c);
    if (letters >= 3 && small) return true;
  }
  return false;
}

std::string language_of_locale(std::string_view locale) {
  const std::string_view code = locale.substr(0, locale.find_first_of("_.@-"));
  return code == "C" || code == "POSIX" ? std::string() : std::string(code);
}

std::vector<std::string_view> Phrases::Pattern::match(std::string_view text) const {
  const std::string &first = literals.front(), &last = literals.back();
  if (text.size() < length + literals.size() - 1 || !text.starts_with(first) || !text.ends_with(last))
    return {};
  std::vector<std::string_view> gaps;
  const std::size_t end = text.size() - last.size();
  std::size_t at = first.size();
  for (std::size_t k = 1; k + 1 < literals.size(); ++k) {
    const std::size_t next = text.find(literals[k], at + 1);
    if (next == std::string_view::npos || next + literals[k].size() > end) return {};
    gaps.push_back(text.substr(at, next - at));
    at = next + literals[k].size();
  }
  if (at >= end) return {};
  gaps.push_back(text.substr(at, end - at));
  return gaps;
}

bool Phrases::tell_known(std::string_view text, std::string& out, Unknown& unknown, int depth) const {
  if (const auto found = whole_.find(text); found != whole_.end()) {
    out = found->second;
    return true;
  }
  // A name with its symbol or number: "forget gate fₜ".
  if (const std::size_t at = text.rfind(' '); at != std::string_view::npos && !has_word(text.substr(at))) {
    if (const auto found = whole_.find(text.substr(0, at)); found != whole_.end()) {
      out = found->second + std::string(text.substr(at));
      return true;
    }
  }
  const auto& likely = by_first_[static_cast<unsigned char>(text.front())];
  // Both lists are in order: the longest of either comes first.
  for (auto closed = likely.begin(), open = open_.begin(); closed != likely.end() || open != open_.end();) {
    const bool take_closed = open == open_.end() || (closed != likely.end() && *closed < *open);
    const Pattern& pattern = patterns_[take_closed ? *closed++ : *open++];
    if (pattern.brief && depth >= kDeepest) continue;
    const std::vector<std::string_view> gaps = pattern.match(text);
    if (gaps.empty() || (pattern.brief && std::ranges::any_of(gaps, ends_sentence))) continue;
    std::string filled;
    Unknown lacking;
    for (const Pattern::Piece& piece : pattern.pieces) {
      filled += piece.text;
      if (piece.gap < 0) continue;
      const std::string_view gap = gaps[static_cast<std::size_t>(piece.gap)];
      filled += piece.as_it_is ? std::string(gap) : tell(gap, lacking, depth + 1);
    }
    if (pattern.brief && !are_names(lacking)) continue;
    out = std::move(filled);
    unknown.insert(unknown.end(), lacking.begin(), lacking.end());
    return true;
  }
  return false;
}

bool Phrases::tell_capitalised(std::string_view text, std::string& out, Unknown& unknown, int depth) const {
  if (tell_known(text, out, unknown, depth)) return true;
  if (!is_upper(text.front()) || !tell_known(with_small(text), out, unknown, depth)) return false;
  out = with_capital(std::move(out));
  return true;
}

bool Phrases::tell_parts(std::string_view text, std::string& out, Unknown& unknown, int depth) const {
  if (depth >= kDeepest) return false;
  // But for names, parts of one sentence are told all or none, that none is in two languages.
  struct Between {
    std::string_view text;
    std::size_t of_part;  // how much of it belongs to the part before it: the full stop
    bool sentences;
  };
  for (const Between& between :
       {Between{"\n", 0, true}, Between{"  ·  ", 0, true}, Between{" · ", 0, true}, Between{". ", 1, true},
        Between{"  ", 0, true}, Between{"; ", 0, false}, Between{": ", 0, false}, Between{", ", 0, false}}) {
    if (text.find(between.text) == std::string_view::npos) continue;
    std::string joined;
    Unknown lacking;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t at = std::min(rest.find(between.text), rest.size());
      const std::size_t part = at < rest.size() ? at + between.of_part : at;
      joined += tell(rest.substr(0, part), lacking, depth + 1);
      const std::size_t next = std::min(at + between.text.size(), rest.size());
      joined += rest.substr(part, next - part);
      rest.remove_prefix(next);
    }
    if (!between.sentences && !are_names(lacking)) continue;
    out = std::move(joined);
    unknown.insert(unknown.end(), lacking.begin(), lacking.end());
    return true;
  }
  for (const std::string_view end : {".", ":", ",", ";", "?", " ▾"}) {
    if (text.size() <= end.size() || !text.ends_with(end)) continue;
    out = tell(text.substr(0, text.size() - end.size()), unknown, depth + 1).append(end);
    return true;
  }
  const std::size_t words = before_words(text);
  if (words == 0) return false;
  out = std::string(text.substr(0, words)) + tell(text.substr(words), unknown, depth + 1);
  return true;
}

std::string Phrases::tell(std::string_view text, Unknown& unknown, int depth) const {
  if (text.empty()) return {};
  std::string out;
  if (tell_capitalised(text, out, unknown, depth)) return out;
  const std::size_t begin = text.find_first_not_of(' '), end = text.find_last_not_of(' ') + 1;
  if (begin == std::string_view::npos) return std::string(text);
  if (begin > 0 || end < text.size())
    return std::string(text.substr(0, begin)) + tell(text.substr(begin, end - begin), unknown, depth) +
           std::string(text.substr(end));
  if (!has_word(text)) return std::string(text);
  if (tell_parts(text, out, unknown, depth)) return out;
  unknown.emplace_back(text);
  return std::string(text);
}

std::string Phrases::told(std::string_view text, std::vector<std::string>* unknown) const {
  if (empty()) return std::string(text);
  Unknown lacking;
  std::string words = tell(text, lacking, 0);
  if (unknown) unknown->insert(unknown->end(), lacking.begin(), lacking.end());
  return words;
}

void Phrases::add(const std::string& key, const std::string& text, const std::string& origin,
                  const std::string& pointer) {
  const auto reject = [&](std::string_view expected) { reject_json(origin, pointer, text, expected); };
  Pattern pattern{.literals = around_gaps(key)};
  const std::size_t gaps = pattern.literals.size() - 1;
  std::vector<int> used(gaps, 0);
  int next = 0;
  std::string before;
  for (std::size_t at = 0; at < text.size();) {
    const std::optional<Gap> gap = gap_at(std::string_view(text).substr(at));
    if (!gap) {
      before += text[at++];
      continue;
    }
    const int number = gap->number.value_or(next++);
    if (number >= static_cast<int>(gaps) || used[static_cast<std::size_t>(number)]++ > 0)
      reject(fmt::format("the {} gaps of its key, each once", gaps));
    pattern.pieces.push_back({std::exchange(before, {}), number, gap->as_it_is});
    at += gap->length;
  }
  pattern.pieces.push_back({before});
  if (std::ranges::find(used, 0) != used.end())
    reject(fmt::format("the {} gaps of its key, each once", gaps));
  if (gaps == 0) {
    whole_.emplace(key, text);
    return;
  }
  for (std::size_t k = 1; k < gaps; ++k)
    if (pattern.literals[k].empty()) reject("a key whose gaps have something between them");
  for (const std::string& literal : pattern.literals) pattern.length += literal.size();
  const bool says = std::ranges::any_of(
      pattern.literals, [](const std::string& literal) { return std::ranges::any_of(literal, is_letter); });
  if (!says) reject("a key that has a letter beside its gaps");
  std::size_t words = 0;
  for (const std::string& literal : pattern.literals) words += words_in(literal);
  pattern.brief = words < kFew;
  patterns_.push_back(std::move(pattern));
}

Phrases Phrases::from_json(const nlohmann::json& json, const std::string& origin) {
  JsonReader reader(json, "", origin);
  Phrases phrases;
  phrases.language_name_ = reader.get("language_name", "");
  if (phrases.language_name_.empty()) reader.reject("language_name", "what its speakers call it");
  for (const std::string& group : reader.keys()) {
    if (group == "language_name") continue;
    JsonReader members = reader.object(group);
    for (const std::string& key : members.keys()) {
      const std::string text = members.get(key, "");
      if (key.empty() || text.empty()) members.reject(key, "a text");
      if (const auto [known, is_new] = phrases.keys_.emplace(key, group); !is_new)
        members.reject(key, fmt::format("no key of the group '{}' as well", known->second));
      phrases.add(key, text, origin, pointer_to(members.pointer(), key));
    }
  }
  reader.finish();
  std::ranges::stable_sort(phrases.patterns_, std::ranges::greater{}, &Pattern::length);
  for (std::size_t k = 0; k < phrases.patterns_.size(); ++k) {
    const std::string& first = phrases.patterns_[k].literals.front();
    (first.empty() ? phrases.open_ : phrases.by_first_[static_cast<unsigned char>(first.front())])
        .push_back(k);
  }
  return phrases;
}

Phrases load_phrases(const fs::path& file) {
  return Phrases::from_json(parse_json(read_file(file, kLargestFile), file.string()), file.string());
}

std::vector<std::string> languages_in(const fs::path& folder) {
  std::vector<std::string> codes;
  std::error_code code;
  for (fs::directory_iterator each(folder, code), end; !code && each != end; each.increment(code))
    if (each->path().extension() == ".json") codes.push_back(each->path().stem().string());
  std::ranges::sort(codes);
  return codes;
}

}  // namespace gatescope::language
