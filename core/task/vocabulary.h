#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatescope::task {

/// The characters a model knows, numbered from 0. An entry is mostly one character; a longer one, such as
/// "<pad>", has a number but stands for no character of a text.
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

  /// The number of a character, or -1.
  int find(char32_t character) const;
  /// One number in [0, size()) a character. Throws Error that names `origin`, the first character that is not
  /// known and its position, counted in characters from 0.
  std::vector<int> encode(std::u32string_view text, std::string_view origin = "the text") const;
  /// The entries of these numbers, each in [0, size()), in UTF-8.
  std::string decode(std::span<const int> numbers) const;

  bool operator==(const Vocabulary& other) const { return entries_ == other.entries_; }

 private:
  std::vector<std::string> entries_;
  std::unordered_map<char32_t, int> numbers_;
};

}  // namespace gatescope::task
