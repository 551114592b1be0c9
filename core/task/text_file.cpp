#include "core/task/text_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/error.h"
#include "core/file_kind.h"
#include "core/in_quotes.h"
#include "core/sha256.h"

namespace gatescope::task {
namespace {

constexpr char32_t kReplacementCharacter = 0xFFFD;
constexpr std::size_t kLooked = 1 << 16;  // bytes that tell an encoding
constexpr std::string_view kMark = "\xEF\xBB\xBF";

std::uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

bool is_high(char32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(char32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

bool is_control(std::uint8_t c) {
  return (c < 0x20 && (c < 0x08 || c > 0x0D) && c != 0x1B) || c == 0x7F;
}

/// "UTF-16LE" and the like where most units have a small high byte, as those of alphabets do; else empty.
std::string_view unmarked_encoding(std::string_view bytes) {
  bytes = bytes.substr(0, kLooked);
  const std::size_t pairs = bytes.size() / 2;
  if (pairs < 3) return {};
  std::array<std::size_t, 4> zero{}, small{};
  for (std::size_t k = 0; k < pairs * 2; ++k) {
    zero[k % 4] += bytes[k] == 0;
    small[k % 4] += byte(bytes, k) < 0x08;
  }
  const auto most = [&](std::size_t count, std::size_t of) { return 10 * count >= 7 * of; };
  const auto few = [&](std::size_t count, std::size_t of) { return 10 * count <= 2 * of; };
  const std::size_t quads = pairs / 2;
  if (quads >= 2 && most(zero[2], quads) && most(zero[3], quads) && few(zero[0], quads)) return "UTF-32LE";
  if (quads >= 2 && most(zero[0], quads) && most(zero[1], quads) && few(zero[3], quads)) return "UTF-32BE";
  if (most(small[1] + small[3], pairs) && few(small[0] + small[2], pairs)) return "UTF-16LE";
  if (most(small[0] + small[2], pairs) && few(small[1] + small[3], pairs)) return "UTF-16BE";
  return {};
}

constexpr std::string_view kReplace = "put U+FFFD in the place of invalid bytes with --invalid replace";

}  // namespace

char32_t TextReader::Units::at(std::string_view bytes, std::size_t offset) const {
  char32_t unit = 0;
  for (std::size_t k = 0; k < size; ++k) {
    const char32_t part = byte(bytes, offset + k);
    unit |= part << (8 * (big_endian ? size - 1 - k : k));
  }
  return unit;
}

/// Told by the byte order mark.
std::optional<TextReader::Units> TextReader::units_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return Units{4, false};
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return Units{4, true};
  if (bytes.starts_with("\xFF\xFE"sv)) return Units{2, false};
  if (bytes.starts_with("\xFE\xFF"sv)) return Units{2, true};
  return std::nullopt;
}

void TextReader::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kLooked);
    rest_ += part;
    bytes.remove_prefix(part.size());
    if (begun_ || rest_.size() >= kLooked) decode(false);
  }
}

void TextReader::end() {
  decode(true);
  if (invalid_.bytes > 0) refuse();
}

/// Looks at the first bytes, or at all where there are few.
void TextReader::begin() {
  begun_ = true;
  refuse_no_text(rest_, origin_);
  units_ = units_of(rest_);
  const std::string_view looked = std::string_view(rest_).substr(0, kLooked);
  looked_ = looked.size();
  for (const char c : looked) invalid_.control += is_control(static_cast<std::uint8_t>(c));
  offset_ = units_ ? units_->size : rest_.starts_with(kMark) ? kMark.size() : 0;
  if (!units_ && offset_ > 0) ++invalid_.sequences, ++invalid_.high;
  rest_.erase(0, offset_);
}

void TextReader::decode(bool last) {
  if (!begun_) begin();
  characters_.clear();
  const std::size_t read = units_ ? decode_units(last) : decode_bytes(last);
  rest_.erase(0, read);
  offset_ += read;
  if (invalid_.bytes == 0 && !characters_.empty()) take_(characters_);
}

/// UTF-8. After the first byte that is none, only what tells the encoding is counted.
std::size_t TextReader::decode_bytes(bool last) {
  if (invalid_.bytes > 0) return count_invalid(0, last);
  const std::size_t read = append_utf8(rest_, last, on_invalid_, characters_);
  if (on_invalid_ == InvalidUtf8::replace) return read;
  const auto several =
      static_cast<std::size_t>(std::count_if(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(read),
                                             [](char c) { return static_cast<std::uint8_t>(c) >= 0xC0; }));
  invalid_.sequences += several;
  invalid_.high += several;
  if (read == rest_.size() || (!last && rest_.size() - read < 4)) return read;
  invalid_.first = offset_ + read;
  invalid_.first_byte = byte(rest_, read);
  return count_invalid(read, last);
}

std::size_t TextReader::count_invalid(std::size_t from, bool last) {
  std::size_t at = from;
  while (at < rest_.size() && (last || rest_.size() - at >= 4)) {
    const std::size_t length = utf8_length(std::string_view(rest_).substr(at, 4));
    const std::uint8_t b = byte(rest_, at);
    invalid_.high += b >= 0x80;
    invalid_.sequences += length > 1;
    if (length == 0) {
      ++invalid_.bytes;
      invalid_.c1 = invalid_.c1 || (b >= 0x80 && b < 0xA0);
      invalid_.outside_1252 =
          invalid_.outside_1252 || b == 0x81 || b == 0x8D || b == 0x8F || b == 0x90 || b == 0x9D;
    }
    at += std::max<std::size_t>(1, length);
  }
  return at;
}

/// Says what bytes that are not UTF-8 look like, and what to do.
void TextReader::refuse() const {
  const auto advice = [&]() -> std::string {
    if (50 * invalid_.control > looked_) return "this is binary data, not a text";
    if (invalid_.sequences > invalid_.bytes)
      return fmt::format("most of the text is UTF-8; mend it, or {}", kReplace);
    if (invalid_.outside_1252 || 10 * invalid_.high > 3 * offset_) {
      return fmt::format(
          "it looks like another encoding, such as Windows-1251, KOI8-R, Shift JIS or GB18030: convert it "
          "with iconv -f ENCODING -t UTF-8 OLD > NEW, or {}",
          kReplace);
    }
    return fmt::format("it looks like {}: convert it with iconv -f {} -t UTF-8 OLD > NEW, or {}",
                       invalid_.c1 ? "Windows-1252" : "Latin-1", invalid_.c1 ? "WINDOWS-1252" : "LATIN1",
                       kReplace);
  };
  fail("'{}': the byte 0x{:02X} at offset {} is not valid UTF-8: {}", origin_, invalid_.first_byte,
       invalid_.first, advice());
}

/// UTF-16 and UTF-32 as the Unicode Standard 15.0, section 3.9, D90 and D91 have them.
std::size_t TextReader::decode_units(bool last) {
  const std::string_view bytes = rest_;
  const auto bad = [&](std::size_t at, const std::string& what) {
    if (on_invalid_ == InvalidUtf8::error) {
      fail(
          "'{}': {} at offset {} of the UTF-{} text: mend it, or put U+FFFD in its place with --invalid "
          "replace",
          origin_, what, offset_ + at, 8 * units_->size);
    }
    characters_ += kReplacementCharacter;
  };
  std::size_t at = 0;
  while (at < bytes.size() && (last || bytes.size() - at >= 4)) {
    if (bytes.size() - at < units_->size) {
      bad(at, "half a character is left");
      return bytes.size();
    }
    const char32_t unit = units_->at(bytes, at);
    const std::size_t next = at + units_->size;
    if (units_->size == 2 && is_high(unit) && bytes.size() - next >= 2 && is_low(units_->at(bytes, next))) {
      characters_ += 0x10000 + ((unit - 0xD800) << 10) + (units_->at(bytes, next) - 0xDC00);
      at = next + 2;
      continue;
    }
    if (is_high(unit) || is_low(unit))
      bad(at, fmt::format("the surrogate 0x{:04X} without its partner", static_cast<std::uint32_t>(unit)));
    else if (unit > 0x10FFFF)
      bad(at, fmt::format("0x{:08X}, which is no character,", static_cast<std::uint32_t>(unit)));
    else
      characters_ += unit;
    at = next;
  }
  return at;
}

void refuse_no_text(std::string_view bytes, std::string_view origin) {
  if (const std::string found = foreign_file(bytes); !found.empty())
    fail("'{}' is {}, expected a text{}", origin, found, foreign_advice(bytes));
  if (TextReader::units_of(bytes)) return;
  if (const std::string_view encoding = unmarked_encoding(bytes); !encoding.empty()) {
    fail("'{}' looks like {} without a byte order mark: convert it with iconv -f {} -t UTF-8 OLD > NEW",
         origin, encoding, encoding);
  }
  const std::string_view looked = bytes.substr(0, kLooked);
  if (const auto zeros = static_cast<std::size_t>(std::ranges::count(looked, '\0'));
      4 * zeros > looked.size())
    fail("'{}' is binary data, not a text: {} of its first {} bytes are zero", origin, zeros, looked.size());
}

std::u32string decode_text(std::string_view bytes, InvalidUtf8 on_invalid, std::string_view origin) {
  std::u32string text;
  text.reserve(bytes.size());
  TextReader reader(on_invalid, std::string(origin), [&](std::u32string_view part) { text += part; });
  reader.add(bytes);
  reader.end();
  return text;
}

std::string digest(std::u32string_view text) {
  return sha256(encode_utf8(text));
}

}  // namespace gatescope::task
