#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatescope::task {

/// What of a text a vocabulary does not have and took for its entry of the unknown.
struct Unknown {
  std::size_t count = 0;
  std::string first, entry;  // UTF-8; both empty where count is 0

  /// "--text: 3 words that the model does not know, the first \"cat\", are read as \"<unk>\"".
  std::string sentence(std::string_view origin, bool words) const;
};

/// What a model reads, numbered from 0: mostly characters, else pieces of text or words. A text is cut as
/// the entries are:
///   pieces  entries are of one or several characters: at each place the longest one that fits is taken
///   words   an entry is longer than one character (beside "<pad>" and the like) and none has a space: the
///           text is cut at white space. A word that is no entry is cut into letters with digits and single
///           other characters ("end." is "end" and "."), and, in a vocabulary without an entry of the
///           unknown, into the longest pieces that fit. A line break is its own entry, "\n" or else "<eos>",
///           where there is one.
/// What is left is the entry of the unknown ("<unk>", "[UNK]", ...) where there is one.
class Vocabulary {
 public:
  Vocabulary() = default;
  /// Entries are UTF-8. Throws Error that names the entry where one is empty, not UTF-8, or there twice;
  /// `origin` names where they come from.
  explicit Vocabulary(std::vector<std::string> entries, std::string_view origin = "the vocabulary");
  /// The different characters of a text, in the order of their code points.
  static Vocabulary of(std::u32string_view text);

  int size() const { return static_cast<int>(entries_.size()); }
  bool empty() const { return entries_.empty(); }
  const std::vector<std::string>& entries() const { return entries_; }
  /// Whether texts are cut into words.
  bool of_words() const { return words_; }
  /// Whether every entry is one character, so that a text has as many numbers as characters.
  bool of_characters() const { return longer_.empty(); }

  /// The number of a character, or -1.
  int find(char32_t character) const;
  /// The number of an entry, or -1.
  int find(std::string_view entry) const;
  /// The numbers of a text, each in [0, size()). What is not known is told in `unknown`, where that is not
  /// null. Throws Error that names `origin`, the first that is not known where no entry stands for it, and
  /// its position, counted in characters from 0.
  std::vector<int> encode(std::u32string_view text, std::string_view origin = "the text",
                          Unknown* unknown = nullptr) const;
  /// These numbers, each in [0, size()), as UTF-8 text that follows `before`: words with the white space
  /// between them.
  std::string decode(std::span<const int> numbers, std::string_view before = {}) const;
  /// With what a text has beyond it at the end, in the order of code points: characters, or words where there
  /// is no entry of the unknown.
  Vocabulary extended_by(std::u32string_view text) const;

  bool operator==(const Vocabulary& other) const { return entries_ == other.entries_; }

 private:
  class Cutter;

  std::vector<std::string> entries_;
  std::unordered_map<char32_t, int> numbers_;       // of entries of one character
  std::unordered_map<std::u32string, int> longer_;  // of the others
  std::size_t longest_ = 1;                         // characters of an entry
  bool words_ = false;
  int unknown_ = -1, line_break_ = -1;
};

}  // namespace gatescope::task
