#include "core/json/json_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope {
namespace {

using nlohmann::json;

const json kEmpty = json::object();
constexpr int kMaxDepth = 64;  // copying and writing JSON recurses

/// "'FILE': ", or nothing where there is no file.
std::string prefix(std::string_view origin) {
  return origin.empty() ? std::string() : fmt::format("'{}': ", origin);
}

/// The pointer on one line; the whole document has the empty one.
std::string place(std::string_view pointer) {
  if (pointer.empty()) return "the JSON";
  const bool plain = std::ranges::all_of(pointer, [](char c) { return c > ' ' && c < '\x7F' && c != '"'; });
  return plain && pointer.size() <= 200 ? std::string(pointer) : in_quotes(pointer, 200);
}

/// The number of single-character changes between two words [levenshtein1966].
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text.substr(at, 4));
    if (length == 0) break;
    at += length;
  }
  return at;
}

/// Why the parser stopped at this byte, where it is one of the usual reasons.
std::string reason_for(std::string_view text, std::size_t at) {
  if (text.empty()) return {};
  if (at >= text.size()) return ": it ends too early";
  const std::string_view rest = text.substr(at);
  // A number or word that is wrong is told at its last character.
  std::size_t word = at;
  while (word > 0 && std::isalpha(static_cast<unsigned char>(text[word])) &&
         std::isalpha(static_cast<unsigned char>(text[word - 1])))
    --word;
  for (const std::string_view name : {"NaN", "Infinity", "True", "False", "None", "undefined"}) {
    if (text.substr(word).starts_with(name)) return fmt::format(": {} is no JSON value", name);
  }
  const char c = rest[0];
  const bool slash = c == '/' || (at > 0 && text[at - 1] == '/');
  if (slash || c == '#') return ": JSON has no comments";
  if (c == '\'') return ": expected double quotes";
  if (static_cast<unsigned char>(c) < 0x20)
    return ": a control character inside a string, expected an escape";
  const std::size_t before = at > 0 ? text.find_last_not_of(" \t\r\n", at - 1) : text.npos;
  if ((c == '}' || c == ']') && before != text.npos && text[before] == ',')
    return fmt::format(": a comma before {}", c);
  return {};
}

}  // namespace

json parse_json(std::string_view text, std::string_view origin) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) fail("{}the JSON nests deeper than {} levels", prefix(origin), kMaxDepth);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      fail("{}the JSON has the key {} twice in one object", prefix(origin),
           in_quotes(parsed.get<std::string>()));
    }
    return true;
  };
  // The parser takes a zero byte for the end.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    fail("{}not valid JSON at byte {}, line {}: a zero byte", prefix(origin), zero + 1, line_of(text, zero));
  try {
    return json::parse(text, watch);
  } catch (const json::parse_error& e) {
    const std::size_t end = std::min(text.size(), e.byte > 0 ? e.byte - 1 : 0);
    if (const std::size_t at = first_invalid_utf8(text.substr(0, end + 4)); at <= end && at < text.size()) {
      fail("{}not valid JSON at byte {}, line {}: a byte that is not UTF-8", prefix(origin), at + 1,
           line_of(text, at));
    }
    fail("{}not valid JSON at byte {}, line {}{}", prefix(origin), e.byte, line_of(text, end),
         reason_for(text, end));
  } catch (const json::exception&) {
    fail("{}the JSON holds a number that is too large", prefix(origin));
  }
}

std::string pointer_to(std::string_view pointer, std::string_view key) {
  std::string result(pointer);
  result += '/';
  for (const char c : key) {
    if (c == '~')
      result += "~0";
    else if (c == '/')
      result += "~1";
    else
      result += c;
  }
  return result;
}

std::string shown(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  return value.dump();
}

void reject_json(std::string_view origin, std::string_view pointer, const json& found,
                 std::string_view expected) {
  fail("{}{} is {}, expected {}", prefix(origin), place(pointer), shown(found), expected);
}

void reject_word(std::string_view word, std::string_view what, const std::vector<std::string>& words) {
  fail("there is no {} {}, expected one of {}", what, in_quotes(word), fmt::join(words, ", "));
}

JsonReader::JsonReader(const json& object, std::string pointer, std::string origin)
    : object_(object), pointer_(std::move(pointer)), origin_(std::move(origin)) {
  if (!object.is_object()) reject_json(origin_, pointer_, object, "an object");
}

const json* JsonReader::find(std::string_view key) {
  const std::string name(key);
  if (std::ranges::find(known_, name) == known_.end()) known_.push_back(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

bool JsonReader::get(std::string_view key, bool otherwise) {
  const json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) reject(key, "true or false");
  return value->get<bool>();
}

std::string JsonReader::get(std::string_view key, const std::string& otherwise) {
  const json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_string()) reject(key, "a string");
  return value->get<std::string>();
}

std::vector<std::string> JsonReader::get(std::string_view key, const std::vector<std::string>& otherwise) {
  const json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_array()) reject(key, "an array of strings");
  std::vector<std::string> strings;
  for (std::size_t k = 0; k < value->size(); ++k) {
    const json& entry = (*value)[k];
    if (!entry.is_string()) {
      reject_json(origin_, pointer_to(pointer_to(pointer_, key), std::to_string(k)), entry, "a string");
    }
    strings.push_back(entry.get<std::string>());
  }
  return strings;
}

double JsonReader::get(std::string_view key, double otherwise, double low, double high, bool open_end) {
  const json* value = find(key);
  if (!value) return otherwise;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (low <= number && (open_end ? number < high : number <= high)) return number;
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::string last = fmt::format("{}{}", open_end ? "below " : "", high);
  reject(key, "a number" + range_text(fmt::format("{}", low), low != -infinity, last, high != infinity));
}

std::optional<double> JsonReader::get(std::string_view key, const std::optional<double>& otherwise) {
  const json* value = find(key);
  if (!value) return otherwise;
  if (value->is_null()) return std::nullopt;
  if (!value->is_number()) reject(key, "a number or null");
  return value->get<double>();
}

JsonReader JsonReader::object(std::string_view key) {
  const json* value = find(key);
  return JsonReader(value ? *value : kEmpty, pointer_to(pointer_, key), origin_);
}

std::vector<std::string> JsonReader::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, value] : object_.items()) all.push_back(key);
  return all;
}

void JsonReader::reject(std::string_view key, std::string_view expected) const {
  const std::string pointer = pointer_to(pointer_, key);
  const auto found = object_.find(std::string(key));
  if (found == object_.end()) fail("{}{} is missing, expected {}", prefix(origin_), place(pointer), expected);
  reject_json(origin_, pointer, *found, expected);
}

void JsonReader::finish() const {
  for (const auto& item : object_.items()) {
    const std::string& key = item.key();
    if (std::ranges::find(known_, key) != known_.end()) continue;
    std::string nearest;
    if (key.size() <= 64) {
      std::size_t fewest = key.size() / 3 + 2;  // more changes than that make another word
      for (const std::string& candidate : known_) {
        const std::size_t changes = distance(key, candidate);
        if (changes < fewest) {
          fewest = changes;
          nearest = fmt::format("; did you mean \"{}\"?", candidate);
        }
      }
    }
    fail("{}{} is not known{} Allowed there: {}", prefix(origin_), place(pointer_to(pointer_, key)),
         nearest.empty() ? "." : nearest, fmt::join(known_, ", "));
  }
}

std::string JsonReader::range_text(const std::string& low, bool has_low, const std::string& high,
                                   bool has_high) {
  if (has_low && has_high) return " from " + low + " to " + high;
  if (has_low) return " of at least " + low;
  if (has_high) return high.starts_with("below") ? " " + high : " of at most " + high;
  return {};
}

}  // namespace gatescope
