#include "core/checkpoint/vocabulary_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::checkpoint {
namespace {

using nlohmann::json;
using Entries = std::vector<std::string>;

constexpr std::string_view kExpected =
    "expected a JSON array of strings, an object from entries to numbers or from numbers to entries, or text "
    "with one entry a line";
constexpr std::uintmax_t kLargestVocabulary = std::uintmax_t{1} << 28;

// Names that people give a vocabulary within something larger.
constexpr std::array<std::string_view, 32> kNames{
    "vocabulary",   "vocab",       "stoi",        "itos",        "char_to_ix", "ix_to_char", "char_to_idx",
    "idx_to_char",  "char2idx",    "idx2char",    "char2ix",     "ix2char",    "char2int",   "int2char",
    "char_to_int",  "int_to_char", "token_to_id", "id_to_token", "token2id",   "id2token",   "token_to_idx",
    "idx_to_token", "word2idx",    "idx2word",    "word_to_ix",  "ix_to_word", "word2id",    "id2word",
    "chars",        "characters",  "tokens",      "char2id"};

/// The whole text as a number from 0.
std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool padded = text.size() > 1 && text[0] == '0';
  if (code != std::errc() || end != text.data() + text.size() || padded) return std::nullopt;
  return number;
}

/// Entries at their numbers; each once and none left out.
class Numbered {
 public:
  Numbered(std::string origin, std::size_t size) : origin_(std::move(origin)), entries_(size), taken_(size) {}

  void put(const std::string& entry, const json& number) {
    if (!number.is_number_integer() || (!number.is_number_unsigned() && number.get<std::int64_t>() < 0)) {
      fail("{}: the entry {} has the number {}, expected a whole number from 0 to {}", origin_,
           in_quotes(entry), shown(number), entries_.size() - 1);
    }
    put(entry, number.get<std::uint64_t>());
  }
  void put(const std::string& entry, std::uint64_t number) {
    if (number >= entries_.size()) {
      fail("{}: the entry {} has the number {}, but {} entries have the numbers 0 to {}", origin_,
           in_quotes(entry), number, entries_.size(), entries_.size() - 1);
    }
    const auto k = static_cast<std::size_t>(number);
    if (taken_[k]) {
      fail("{}: the entries {} and {} have the same number {}", origin_, in_quotes(entries_[k]),
           in_quotes(entry), number);
    }
    entries_[k] = entry;
    taken_[k] = true;
  }
  Entries take() { return std::move(entries_); }  // as many as numbers, each once: none is left out

 private:
  std::string origin_;
  Entries entries_;
  std::vector<bool> taken_;
};

Entries from_array(const json& array, const std::string& origin) {
  Entries entries;
  for (const json& entry : array) {
    if (!entry.is_string()) {
      fail("{}: entry {} is {}, expected a string", origin, entries.size(), shown(entry));
    }
    entries.push_back(entry.get<std::string>());
  }
  return entries;
}

bool all_values(const json& object, bool (*is)(const json&)) {
  return std::all_of(object.begin(), object.end(), is);
}

bool is_number(const json& value) {
  return value.is_number();
}
bool is_string(const json& value) {
  return value.is_string();
}

/// Whether it is one of the plain forms, right or wrong.
bool is_plain(const json& value) {
  if (value.is_array()) return all_values(value, is_string) && !value.empty();
  return value.is_object() && !value.empty() &&
         (all_values(value, is_number) || all_values(value, is_string));
}

Entries from_object(const json& object, const std::string& origin) {
  Numbered numbered(origin, object.size());
  if (all_values(object, is_number)) {
    for (const auto& [entry, number] : object.items()) numbered.put(entry, number);
    return numbered.take();
  }
  bool keys_are_numbers = false;
  for (const auto& [key, value] : object.items()) keys_are_numbers = keys_are_numbers || number_of(key);
  for (const auto& [key, value] : object.items()) {
    const std::string& text = value.get_ref<const std::string&>();
    const auto number = number_of(keys_are_numbers ? key : text);
    if (!number) {
      fail("{}: the entry {} has the number {}, expected a whole number from 0 to {}", origin,
           in_quotes(keys_are_numbers ? text : key), in_quotes(keys_are_numbers ? key : text),
           object.size() - 1);
    }
    numbered.put(keys_are_numbers ? text : key, static_cast<std::uint64_t>(*number));
  }
  return numbered.take();
}

Entries from_json(const json& value, const std::string& origin, int depth = 0) {
  if (value.is_array()) return from_array(value, origin);
  if (!value.is_object()) fail("{} is {}, {}", origin, shown(value), kExpected);
  if (value.empty() || is_plain(value)) return from_object(value, origin);
  // Within something larger: under a usual name; several must say the same.
  std::string found_at;
  std::optional<Entries> found;
  for (const std::string_view name : kNames) {
    const auto member = value.find(name);
    if (member == value.end() || !(member->is_array() || member->is_object())) continue;
    const std::string here = fmt::format("{}: /{}", origin, name);
    Entries entries = from_json(*member, here, depth + 1);
    if (found && *found != entries) {
      fail("{}: {} and {} do not say the same", origin, in_quotes(found_at), in_quotes(name));
    }
    found = std::move(entries);
    found_at = name;
  }
  if (found) return std::move(*found);
  for (const std::string_view name : {"model", "tokenizer", "encoder", "data"}) {
    const auto member = value.find(name);
    if (depth < 3 && member != value.end() && member->is_object())
      return from_json(*member, fmt::format("{}: /{}", origin, name), depth + 1);
  }
  // An entry that is neither is the likelier slip where most are right.
  const auto numbers = std::count_if(value.begin(), value.end(), is_number);
  const auto strings = std::count_if(value.begin(), value.end(), is_string);
  for (const auto& [key, member] : value.items()) {
    if (2 * numbers > std::ssize(value) && !member.is_number()) {
      fail("{}: the entry {} has the number {}, expected a whole number from 0 to {}", origin, in_quotes(key),
           shown(member), value.size() - 1);
    }
    if (2 * strings > std::ssize(value) && !member.is_string())
      fail("{}: the entry of number {} is {}, expected a string", origin, key, shown(member));
  }
  fail("{} is an object without a vocabulary that could be told, {}", origin, kExpected);
}

/// Whether bytes mean to be JSON: "[PAD]" on a first line does not.
bool begins_as_json(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (bytes[first] != '[' && bytes[first] != '{')) return false;
  const std::size_t next = bytes.find_first_not_of(" \t\r\n", first + 1);
  return next != std::string_view::npos &&
         (bytes[next] == '"' || (bytes[first] == '[' && bytes[next] >= '0' && bytes[next] <= '9'));
}

std::optional<json> as_json(std::string_view bytes, std::string_view origin) {
  if (begins_as_json(bytes) || origin.ends_with(".json")) return parse_json(bytes, origin);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (bytes[first] != '[' && bytes[first] != '{')) return std::nullopt;
  try {
    return parse_json(bytes, origin);
  } catch (const Error&) {
    return std::nullopt;  // lines, the first of which begins with a bracket
  }
}

/// \n, \t, \r, \\ and \u0020 as in JSON; any other backslash is one.
std::string without_escapes(std::string_view line) {
  std::string text;
  for (std::size_t k = 0; k < line.size(); ++k) {
    const char next = k + 1 < line.size() ? line[k + 1] : '\0';
    if (line[k] != '\\') {
      text += line[k];
    } else if (next == 'u' && k + 5 < line.size()) {
      unsigned code = 0;
      const char* from = line.data() + k + 2;
      const auto [end, error] = std::from_chars(from, from + 4, code, 16);
      if (error == std::errc() && end == from + 4 && !(code >= 0xD800 && code < 0xE000)) {
        const auto character = static_cast<char32_t>(code);
        text += encode_utf8({&character, 1});
        k += 5;
      } else {
        text += line[k];
      }
    } else if (const std::size_t which = std::string_view("ntr\\").find(next);
               next != '\0' && which != std::string_view::npos) {
      text += "\n\t\r\\"[which];
      ++k;
    } else {
      text += line[k];
    }
  }
  return text;
}

std::vector<std::string_view> lines_of(std::string_view bytes) {
  std::vector<std::string_view> lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    lines.push_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  // Every line ends with CR LF, the last one perhaps with nothing.
  const std::size_t ended = lines.empty() ? 0 : lines.size() - 1;
  const bool crlf =
      ended > 0 && std::all_of(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(ended),
                               [](std::string_view line) { return line.ends_with('\r'); });
  for (std::string_view& line : lines)
    if (crlf && line.ends_with('\r')) line.remove_suffix(1);
  return lines;
}

Entries from_lines(std::string_view bytes, Index expected) {
  Entries entries;
  bool last_was_empty = false;
  const std::vector<std::string_view> lines = lines_of(bytes);
  for (const std::string_view line : lines) {
    // A line break written as itself, and its line's end, are two empty lines.
    if (!(line.empty() && last_was_empty)) entries.push_back(line.empty() ? "\n" : without_escapes(line));
    last_was_empty = line.empty() && !last_was_empty;
  }
  // At the end an empty line is mostly none.
  const bool counts = expected == std::ssize(entries);
  const bool twice = std::ranges::count(entries, "\n") > 1;
  if (!lines.empty() && lines.back().empty() && !counts && (twice || expected > 0)) entries.pop_back();
  return entries;
}

}  // namespace

std::vector<std::string> parse_vocabulary(std::string_view bytes, std::string_view origin, Index expected) {
  const std::string quoted = fmt::format("'{}'", origin);
  if (const std::string format = foreign_file(bytes); !format.empty())
    fail("{} is {}, {}", quoted, format, kExpected);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    fail("{} is UTF-16, expected UTF-8: save it as UTF-8", quoted);
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.empty()) fail("{} is empty, {}", quoted, kExpected);
  const auto parsed = as_json(bytes, origin);
  if (!parsed && bytes.find('\0') != std::string_view::npos)
    fail("{} is no text: byte {} is zero; {}", quoted, bytes.find('\0'), kExpected);
  Entries entries = parsed ? from_json(*parsed, quoted) : from_lines(bytes, expected);
  return task::Vocabulary(std::move(entries), quoted).entries();
}

std::vector<std::string> read_vocabulary(const std::filesystem::path& path, Index expected) {
  const std::string name = path == "-" ? "the standard input" : path.string();
  return parse_vocabulary(read_input(path, kLargestVocabulary), name, expected);
}

}  // namespace gatescope::checkpoint
