#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatescope::language {

/// Finds texts by views of them.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// What the program says, in other languages. The code says everything in English; a file of a language
/// (assets/languages/de.json) has for each English text what it is there:
///
///     {"language_name": "Deutsch",
///      "menus": {"Train": "Trainieren", "{} updates a second": "{} Schritte je Sekunde"},
///      "notices": {"wrote {}": "geschrieben: {=}"}}
///
/// Its members beside the name are groups, named as one likes. Where a key has a gap, {}, any text may
/// stand; the translation has as many gaps, in the same order or by number ({1} before {0}). What stood
/// there is told in turn; it stays as it is where the translation has {=} or {=0}: names of files, what a
/// person wrote.
class Phrases {
 public:
  /// English: every text stays as it is.
  Phrases() = default;

  /// As its speakers call it.
  const std::string& language_name() const { return language_name_; }
  bool empty() const { return whole_.empty() && patterns_.empty(); }

  /// What the language says for an English text: as a whole; of several lines or sentences each by itself;
  /// with a capital where the key has none; without the full stop, colon or number at its ends. Where there
  /// is nothing the text stays, and if it has a word it is added to `unknown`, unless that is null.
  std::string told(std::string_view text, std::vector<std::string>* unknown = nullptr) const;

  /// All keys, each with the group that it stands in.
  const std::map<std::string, std::string>& keys() const { return keys_; }

  /// Strict. Throws Error that names `origin`, the group and the key: gaps that do not agree, one beside
  /// another, a key that stands there twice.
  static Phrases from_json(const nlohmann::json& json, const std::string& origin);

 private:
  /// What a text with gaps is in the language.
  struct Pattern {
    std::vector<std::string> literals;  // before, between and behind the gaps
    struct Piece {
      std::string text = {};  // before the gap
      int gap = -1;           // none: -1
      bool as_it_is = false;
    };
    std::vector<Piece> pieces = {};
    std::size_t length = 0;  // of all literals
    bool brief = false;      // few words: it holds only where what stands in its gaps is known, or a name

    /// What stands in the gaps; empty where the text is another.
    std::vector<std::string_view> match(std::string_view text) const;
  };
  using Unknown = std::vector<std::string>;

  void add(const std::string& key, const std::string& text, const std::string& origin,
           const std::string& pointer);
  std::string tell(std::string_view text, Unknown& unknown, int depth) const;
  // False: the text is not of that kind.
  bool tell_known(std::string_view text, std::string& out, Unknown& unknown, int depth) const;
  bool tell_capitalised(std::string_view text, std::string& out, Unknown& unknown, int depth) const;
  bool tell_parts(std::string_view text, std::string& out, Unknown& unknown, int depth) const;

  std::string language_name_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> whole_;
  std::vector<Pattern> patterns_;                       // the longest first
  std::array<std::vector<std::size_t>, 256> by_first_;  // of those that begin with this byte
  std::vector<std::size_t> open_;                       // of those that begin with a gap
  std::map<std::string, std::string> keys_;
};

/// Of a file. Throws Error that names the file and the key.
Phrases load_phrases(const std::filesystem::path& file);

/// The languages of a folder by their codes, the names of their files, sorted; English, which has none, is
/// not among them.
std::vector<std::string> languages_in(const std::filesystem::path& folder);

/// Whether a text has something to tell: three letters in a row, not all of them capitals.
bool has_word(std::string_view text);

/// The code in a name of a locale: "de" of "de_AT.UTF-8"; empty of "C" and "POSIX".
std::string language_of_locale(std::string_view locale);

}  // namespace gatescope::language
