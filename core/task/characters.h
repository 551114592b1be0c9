#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/sha256.h"
#include "core/task/tokens.h"

namespace gatescope::task {

/// The characters of a text that may be long, in a byte each where they are up to 256 different ones, in two
/// bytes up to 65,536: the numbers of the different ones, in the order of their first appearance.
class Characters {
 public:
  Characters() = default;
  explicit Characters(std::u32string_view text) { add(text); }

  /// Makes room for so many without touching it.
  void expect(std::size_t count) { numbers_.expect(count); }
  /// The next part of the text. Throws Error for what is no character, as encode_utf8 does.
  void add(std::u32string_view text);

  std::size_t size() const { return numbers_.size(); }
  /// The different ones, in the order of their first appearance.
  const std::u32string& different() const { return different_; }
  /// Their SHA-256 in UTF-8, as 64 hexadecimal digits: task::digest of the text.
  std::string digest() const { return hash_.digest(); }
  /// All of them.
  std::u32string text() const;
  /// Their numbers among the different ones; the text is empty then.
  Tokens take_numbers();

 private:
  std::u32string different_;
  std::vector<int> number_of_;  // of a character, by its code point; -1 where it has none
  Tokens numbers_;
  Sha256 hash_;
};

}  // namespace gatescope::task
