#pragma once

#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Strict reading of JSON that people write: every error names the file, the JSON pointer [rfc6901], the
/// value found and what would be right; a key nobody asked for is an error.
namespace gatescope {

/// Parses a whole text. Throws Error that names `origin` and the byte where it is not JSON, where an object
/// has a key twice, or where it nests deeper than 64.
nlohmann::json parse_json(std::string_view text, std::string_view origin);

/// "/models/0" and "hid/den" make "/models/0/hid~1den".
std::string pointer_to(std::string_view pointer, std::string_view key);

/// A JSON value as an error message may show it, on one line: an object or an array by its kind.
std::string shown(const nlohmann::json& value);

/// The words of an enumeration.
template <class E>
using Words = std::span<const std::pair<std::string_view, E>>;

/// Throws the Error "'ORIGIN': POINTER is FOUND, expected EXPECTED".
[[noreturn]] void reject_json(std::string_view origin, std::string_view pointer, const nlohmann::json& found,
                              std::string_view expected);

/// Throws the Error "there is no WHAT WORD, expected one of ...".
[[noreturn]] void reject_word(std::string_view word, std::string_view what,
                              const std::vector<std::string>& words);

/// One JSON object, read key by key:
///
///     JsonReader reader(json, "/models/0", "race.json");
///     spec.hidden = reader.get("hidden", spec.hidden, 1, 8192);
///     spec.cell = reader.get("cell", spec.cell);
///     reader.finish();
///
/// Holds a reference to the object, which must outlive it. All functions throw Error.
class JsonReader {
 public:
  /// `origin` is the file's name, or empty. Throws where `object` is no object.
  JsonReader(const nlohmann::json& object, std::string pointer, std::string origin = {});

  const std::string& origin() const { return origin_; }
  const std::string& pointer() const { return pointer_; }

  /// The value of a key, which is thereby known, or nullptr.
  const nlohmann::json* find(std::string_view key);

  bool get(std::string_view key, bool otherwise);
  std::string get(std::string_view key, const std::string& otherwise);
  std::string get(std::string_view key, const char* otherwise) { return get(key, std::string(otherwise)); }
  std::vector<std::string> get(std::string_view key, const std::vector<std::string>& otherwise);

  /// A whole number from `low` to `high`.
  template <class I>
  requires(std::integral<I> && !std::same_as<I, bool>) I
      get(std::string_view key, I otherwise, std::type_identity_t<I> low = std::numeric_limits<I>::lowest(),
          std::type_identity_t<I> high = std::numeric_limits<I>::max()) {
    const nlohmann::json* value = find(key);
    if (!value) return otherwise;
    const bool right =
        value->is_number_unsigned()
            ? std::in_range<I>(value->template get<std::uint64_t>())
            : value->is_number_integer() && std::in_range<I>(value->template get<std::int64_t>());
    if (right) {
      const I number = value->template get<I>();
      if (low <= number && number <= high) return number;
    }
    reject(key, "a whole number" + range_text(std::to_string(low), low != std::numeric_limits<I>::lowest(),
                                              std::to_string(high), high != std::numeric_limits<I>::max()));
  }

  /// A number from `low` to `high`, below `high` where `open_end`.
  double get(std::string_view key, double otherwise, double low = -std::numeric_limits<double>::infinity(),
             double high = std::numeric_limits<double>::infinity(), bool open_end = false);

  /// A number, or nothing where the key is missing or null.
  std::optional<double> get(std::string_view key, const std::optional<double>& otherwise);

  /// One of the words.
  template <class E>
  E get(std::string_view key, E otherwise, Words<E> words) {
    const nlohmann::json* value = find(key);
    if (!value) return otherwise;
    std::string list;
    for (const auto& [word, meaning] : words) {
      if (value->is_string() && value->get_ref<const std::string&>() == word) return meaning;
      list += (list.empty() ? "one of \"" : "\", \"") + std::string(word);
    }
    reject(key, list + '"');
  }

  /// The object under a key, an empty one where it is missing.
  JsonReader object(std::string_view key);

  /// All keys that the object has.
  std::vector<std::string> keys() const;

  /// Throws for a key that is missing or has a value that is not `expected`.
  [[noreturn]] void reject(std::string_view key, std::string_view expected) const;

  /// Throws where the object has a key that was never asked for; names the nearest one that was, and all of
  /// them.
  void finish() const;

 private:
  static std::string range_text(const std::string& low, bool has_low, const std::string& high, bool has_high);

  const nlohmann::json& object_;
  std::string pointer_, origin_;
  std::vector<std::string> known_;
};

/// All words of an enumeration.
template <class E>
std::vector<std::string> words_in(Words<E> words) {
  std::vector<std::string> all;
  for (const auto& [word, meaning] : words) all.emplace_back(word);
  return all;
}

/// The value of a word. Throws Error: "there is no norm ..., expected one of ...".
template <class E>
E value_of(std::string_view word, Words<E> words, std::string_view what) {
  for (const auto& [each, meaning] : words)
    if (each == word) return meaning;
  reject_word(word, what, words_in(words));
}

/// The word of an enumeration's value.
template <class E>
std::string word_of(E value, Words<E> words) {
  for (const auto& [word, meaning] : words)
    if (meaning == value) return std::string(word);
  return {};
}

}  // namespace gatescope
