#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/utf8.h"

namespace gatescope::task {

/// The characters of a text file: UTF-8, or UTF-16 or UTF-32 where it begins with their byte order mark,
/// which is dropped. Where `on_invalid` is error, throws Error that names the origin, the offset of what
/// belongs to no character, the encoding that the bytes look like and how to convert it; where it is replace,
/// each such place becomes U+FFFD. A picture, an archive, a model and the like is an Error in both cases that
/// says what it is, and so are UTF-16 without a mark and bytes that are mostly zero.
std::u32string decode_text(std::string_view bytes, InvalidUtf8 on_invalid, std::string_view origin);

/// The same for a file that comes in pieces of any size and need not be in memory as a whole.
class TextReader {
 public:
  /// `take` is given the characters, part by part.
  TextReader(InvalidUtf8 on_invalid, std::string origin,
             std::function<void(std::u32string_view characters)> take)
      : on_invalid_(on_invalid), origin_(std::move(origin)), take_(std::move(take)) {}

  /// The next bytes. Throws Error as decode_text does, here or in end().
  void add(std::string_view bytes);
  /// After the last bytes.
  void end();

 private:
  /// How the units of UTF-16 or UTF-32 lie in the bytes.
  struct Units {
    std::size_t size;  // of a unit: 2 or 4
    bool big_endian;

    char32_t at(std::string_view bytes, std::size_t offset) const;
  };
  /// What tells the encoding of a text that is not UTF-8.
  struct Invalid {
    std::size_t control = 0;    // among the first bytes
    std::size_t sequences = 0;  // characters of several bytes
    std::size_t high = 0;       // places with a high bit: such characters, and bytes that belong to none
    std::size_t bytes = 0;      // that belong to none
    std::size_t first = 0;      // the offset of the first of these
    std::uint8_t first_byte = 0;
    bool c1 = false, outside_1252 = false;
  };

  static std::optional<Units> units_of(std::string_view bytes);
  friend void refuse_no_text(std::string_view bytes, std::string_view origin);

  void begin();
  void decode(bool last);
  std::size_t decode_bytes(bool last);
  std::size_t decode_units(bool last);
  std::size_t count_invalid(std::size_t from, bool last);
  [[noreturn]] void refuse() const;

  InvalidUtf8 on_invalid_;
  std::string origin_;
  std::function<void(std::u32string_view)> take_;
  bool begun_ = false;
  std::optional<Units> units_;
  std::string rest_;        // not decoded yet
  std::size_t offset_ = 0;  // of the rest in the file
  std::size_t looked_ = 0;  // bytes at the beginning that were looked at
  Invalid invalid_;
  std::u32string characters_;  // of one part
};

/// Throws that Error where the first bytes, some thousand at the least, tell already that this is no text.
void refuse_no_text(std::string_view bytes, std::string_view origin);

/// SHA-256 of the characters in UTF-8, as 64 hexadecimal digits: the same however the file encodes them.
std::string digest(std::u32string_view text);

}  // namespace gatescope::task
