#include "core/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/error.h"

namespace gatescope {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Step {
  char32_t character;
  std::size_t length;  // bytes of the character, or of the maximal subpart of an ill-formed sequence: 1 to 4
  bool valid;
};

/// Reads one character at `at`, which lies inside `bytes`.
Step decode_one(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1, false};

  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t character = lead & (0x7FU >> length);
  // Only the second byte's range depends on the first: it shuts out overlong forms, surrogates and >
  // U+10FFFF.
  std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i == bytes.size() || byte(at + i) < low || byte(at + i) > high) return {kReplacement, i, false};
    character = (character << 6) | (byte(at + i) & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {character, length, true};
}

bool is_scalar_value(char32_t character) {
  return character <= 0x10FFFF && (character < 0xD800 || character > 0xDFFF);
}

void append(std::string& bytes, char32_t character) {
  const auto continuation = [&](int shift) {
    bytes += static_cast<char>(static_cast<std::uint8_t>(0x80 | ((character >> shift) & 0x3F)));
  };
  const auto lead = [&](char32_t value) { bytes += static_cast<char>(static_cast<std::uint8_t>(value)); };
  if (character < 0x80) {
    lead(character);
  } else if (character < 0x800) {
    lead(0xC0 | (character >> 6));
    continuation(0);
  } else if (character < 0x10000) {
    lead(0xE0 | (character >> 12));
    continuation(6);
    continuation(0);
  } else {
    lead(0xF0 | (character >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

std::string code_point(char32_t character) {
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(character));
}

bool in(char32_t character, char32_t first, char32_t last) {
  return first <= character && character <= last;
}

bool is_combining(char32_t c) {
  return in(c, 0x0300, 0x036F) || in(c, 0x1AB0, 0x1AFF) || in(c, 0x1DC0, 0x1DFF) || in(c, 0x20D0, 0x20FF) ||
         in(c, 0xFE20, 0xFE2F);
}

bool is_shapeless(char32_t c) {
  return in(c, 0x80, 0x9F) || c == 0xAD || in(c, 0x2000, 0x200F) || in(c, 0x2028, 0x202F) ||
         in(c, 0x205F, 0x206F) || c == 0x3000 || in(c, 0xFE00, 0xFE0F) || c == 0xFEFF || is_noncharacter(c) ||
         !is_scalar_value(c);
}

}  // namespace

std::size_t append_utf8(std::string_view bytes, bool last, InvalidUtf8 on_invalid, std::u32string& text) {
  std::size_t at = 0;
  while (at < bytes.size() && (last || bytes.size() - at >= 4)) {
    const Step step = decode_one(bytes, at);
    if (!step.valid && on_invalid == InvalidUtf8::error) break;
    text += step.character;
    at += step.length;
  }
  return at;
}

std::u32string all_characters(std::string_view bytes) {
  std::u32string text;
  append_utf8(bytes, true, InvalidUtf8::replace, text);
  return text;
}

bool is_ascii(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_noncharacter(char32_t c) {
  return in(c, 0xFDD0, 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

std::u32string decode_utf8(std::string_view bytes, InvalidUtf8 on_invalid, std::string_view origin) {
  std::u32string text;
  text.reserve(bytes.size());
  const std::size_t first = bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const std::size_t at = first + append_utf8(bytes.substr(first), true, on_invalid, text);
  if (at < bytes.size()) {
    fail(
        "'{}': the byte 0x{:02X} at offset {} is not valid UTF-8: convert the text to UTF-8, or put U+FFFD "
        "in "
        "the place of invalid bytes with --invalid replace",
        origin, static_cast<std::uint8_t>(bytes[at]), at);
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_scalar_value(text[i])) {
      fail("character {} of the text is {}, expected one up to U+10FFFF that is no surrogate", i,
           code_point(text[i]));
    }
    append(bytes, text[i]);
  }
  return bytes;
}

std::string display_character(char32_t character) {
  switch (character) {
    case U'\n':
      return "\u23CE";  // ⏎
    case U'\t':
      return "\u21E5";  // ⇥
    case U' ':
      return "\u2423";  // ␣
    case 0x7F:
      return "\u2421";  // ␡
    case 0xA0:
      return "\u237D";  // ⍽
    default:
      break;
  }
  std::string shown;
  if (character < 0x20) {
    append(shown, 0x2400 + character);
  } else if (is_shapeless(character)) {
    shown = code_point(character);
  } else {
    if (is_combining(character)) append(shown, 0x25CC);  // ◌
    append(shown, character);
  }
  return shown;
}

std::string display_text(std::string_view text, std::string_view space) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const Step step = decode_one(text, at);
    if (step.character == U' ')
      shown += space;
    else if (step.character < 0x20 || step.character == 0x7F)
      shown += display_character(step.character);
    else if (step.valid)
      shown += text.substr(at, step.length);
    else
      append(shown, 0xFFFD);
    at += step.length;
  }
  return shown;
}

}  // namespace gatescope
