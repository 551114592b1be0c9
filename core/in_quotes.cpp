#include "core/in_quotes.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace gatescope {
namespace {

char32_t character_at(std::string_view text, std::size_t length) {
  if (length == 1) return static_cast<unsigned char>(text[0]);
  char32_t character = static_cast<unsigned char>(text[0]) & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k)
    character = (character << 6) | (static_cast<unsigned char>(text[k]) & 0x3FU);
  return character;
}

/// Whether a terminal would obey it, or the text after it would look like another.
bool has_power(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F || c == 0x2028 ||
         c == 0x2029 || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
  const unsigned lead = byte(0);
  if (text.empty()) return 0;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t k = 2; k < length; ++k)
    if ((byte(k) & 0xC0) != 0x80) return 0;
  return length;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char32_t character = length == 0 ? 0 : character_at(text, length);
    if (length == 0)
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (!has_power(character))
      shown += text.substr(0, length);
    else if (character == U'\n')
      shown += "\\n";
    else if (character == U'\t')
      shown += "\\t";
    else if (character == U'\r')
      shown += "\\r";
    else
      shown += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return shown;
}

std::string in_quotes(std::string_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  if (cut) {
    std::size_t end = limit;
    for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++back)
      --end;
    text = text.substr(0, end);
  }
  using nlohmann::json;
  std::string shown = printable(json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace));
  if (cut) shown.insert(shown.size() - 1, "...");
  return shown;
}

}  // namespace gatescope
