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

std::uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// How the units of UTF-16 or UTF-32 lie in the bytes.
struct Units {
  std::size_t size;  // of a unit: 2 or 4
  bool big_endian;

  char32_t at(std::string_view bytes, std::size_t offset) const {
    char32_t unit = 0;
    for (std::size_t k = 0; k < size; ++k) {
      const char32_t part = byte(bytes, offset + k);
      unit |= part << (8 * (big_endian ? size - 1 - k : k));
    }
    return unit;
  }
};

/// Told by the byte order mark.
std::optional<Units> units_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return Units{4, false};
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return Units{4, true};
  if (bytes.starts_with("\xFF\xFE"sv)) return Units{2, false};
  if (bytes.starts_with("\xFE\xFF"sv)) return Units{2, true};
  return std::nullopt;
}

bool is_high(char32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(char32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// UTF-16 and UTF-32 as the Unicode Standard 15.0, section 3.9, D90 and D91 have them.
std::u32string decode_units(std::string_view bytes, Units units, InvalidUtf8 on_invalid,
                            std::string_view origin) {
  std::u32string text;
  text.reserve(bytes.size() / units.size);
  const auto bad = [&](std::size_t offset, const std::string& what) {
    if (on_invalid == InvalidUtf8::error) {
      fail(
          "'{}': {} at offset {} of the UTF-{} text: mend it, or put U+FFFD in its place with --invalid "
          "replace",
          origin, what, offset, 8 * units.size);
    }
    text += kReplacementCharacter;
  };
  for (std::size_t at = units.size; at < bytes.size();) {
    if (bytes.size() - at < units.size) {
      bad(at, "half a character is left");
      break;
    }
    const char32_t unit = units.at(bytes, at);
    const std::size_t next = at + units.size;
    if (units.size == 2 && is_high(unit) && bytes.size() - next >= 2 && is_low(units.at(bytes, next))) {
      text += 0x10000 + ((unit - 0xD800) << 10) + (units.at(bytes, next) - 0xDC00);
      at = next + 2;
      continue;
    }
    if (is_high(unit) || is_low(unit))
      bad(at, fmt::format("the surrogate 0x{:04X} without its partner", static_cast<std::uint32_t>(unit)));
    else if (unit > 0x10FFFF)
      bad(at, fmt::format("0x{:08X}, which is no character,", static_cast<std::uint32_t>(unit)));
    else
      text += unit;
    at = next;
  }
  return text;
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

/// What bytes that are not UTF-8 look like, and what to do.
std::string advice(std::string_view bytes) {
  std::size_t control = 0, high = 0, sequences = 0, invalid = 0;
  bool c1 = false, outside_1252 = false;
  for (const char c : bytes.substr(0, kLooked)) control += is_control(static_cast<std::uint8_t>(c));
  const std::size_t looked = std::min(bytes.size(), kLooked);
  if (50 * control > looked) return "this is binary data, not a text";
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_length(bytes.substr(at, 4));
    const std::uint8_t b = byte(bytes, at);
    high += b >= 0x80;
    sequences += length > 1;
    if (length == 0) {
      ++invalid;
      c1 = c1 || (b >= 0x80 && b < 0xA0);
      outside_1252 = outside_1252 || b == 0x81 || b == 0x8D || b == 0x8F || b == 0x90 || b == 0x9D;
    }
    at += std::max<std::size_t>(1, length);
  }
  if (sequences > invalid) return fmt::format("most of the text is UTF-8; mend it, or {}", kReplace);
  if (outside_1252 || 10 * high > 3 * bytes.size()) {
    return fmt::format(
        "it looks like another encoding, such as Windows-1251, KOI8-R, Shift JIS or GB18030: convert it with "
        "iconv "
        "-f ENCODING -t UTF-8 OLD > NEW, or {}",
        kReplace);
  }
  return fmt::format("it looks like {}: convert it with iconv -f {} -t UTF-8 OLD > NEW, or {}",
                     c1 ? "Windows-1252" : "Latin-1", c1 ? "WINDOWS-1252" : "LATIN1", kReplace);
}

std::size_t first_invalid(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t length = utf8_length(bytes.substr(at, 4));
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace

void refuse_no_text(std::string_view bytes, std::string_view origin) {
  if (const std::string found = foreign_file(bytes); !found.empty())
    fail("'{}' is {}, expected a text{}", origin, found, foreign_advice(bytes));
  if (units_of(bytes)) return;
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
  refuse_no_text(bytes, origin);
  if (const auto units = units_of(bytes)) return decode_units(bytes, *units, on_invalid, origin);
  try {
    return decode_utf8(bytes, on_invalid, origin);
  } catch (const Error&) {
    const std::size_t at = first_invalid(bytes);
    fail("'{}': the byte 0x{:02X} at offset {} is not valid UTF-8: {}", origin, byte(bytes, at), at,
         advice(bytes));
  }
}

std::string digest(std::u32string_view text) {
  return sha256(encode_utf8(text));
}

}  // namespace gatescope::task
