#include "app/export/metadata.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/export/png_chunks.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::app {
namespace {

constexpr std::string_view png_signature{"\x89PNG\r\n\x1a\n", 8};
constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 30;  // of a figure

void append_utf8(std::string& out, std::uint32_t c) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

/// What an entity stands for: "lt", "#10", "#xA"; empty where it is none that XML knows.
std::string character_of(std::string_view entity) {
  for (const auto& [name, character] : {std::pair<std::string_view, char>{"lt", '<'},
                                        {"gt", '>'},
                                        {"quot", '"'},
                                        {"apos", '\''},
                                        {"amp", '&'}})
    if (entity == name) return std::string(1, character);
  if (!entity.starts_with('#')) return {};
  entity.remove_prefix(1);
  const bool hexadecimal = entity.starts_with('x');
  if (hexadecimal) entity.remove_prefix(1);
  std::uint32_t number = 0;
  const auto [end, code] =
      std::from_chars(entity.data(), entity.data() + entity.size(), number, hexadecimal ? 16 : 10);
  if (code != std::errc{} || end != entity.data() + entity.size() || number > 0x10ffff) return {};
  std::string out;
  append_utf8(out, number);
  return out;
}

/// Character data of XML as it was meant.
std::string xml_unescaped(std::string_view text) {
  constexpr std::string_view open = "<![CDATA[", close = "]]>";
  std::string out;
  while (!text.empty()) {
    if (text.starts_with(open)) {
      const auto end = std::min(text.find(close), text.size());
      out += text.substr(open.size(), end - open.size());
      text.remove_prefix(std::min(text.size(), end + close.size()));
      continue;
    }
    if (text[0] == '&') {
      const auto end = text.substr(0, 12).find(';');
      const std::string character = end == text.npos ? "" : character_of(text.substr(1, end - 1));
      if (!character.empty()) {
        out += character;
        text.remove_prefix(end + 1);
        continue;
      }
    }
    out += text[0];
    text.remove_prefix(1);
  }
  return out;
}

/// The content of the element <metadata id="gatescope">, however another program laid it out.
std::optional<std::string> from_svg(std::string_view bytes) {
  constexpr std::string_view name = "metadata";
  for (auto at = bytes.find(name); at != bytes.npos; at = bytes.find(name, at + 1)) {
    if (at == 0 || (bytes[at - 1] != '<' && bytes[at - 1] != ':')) continue;  // <metadata, <svg:metadata
    constexpr std::size_t longest = 4096;                                     // of a tag
    const auto length = bytes.substr(at, longest).find('>');
    if (length == bytes.npos && bytes.size() - at < longest) fail("an SVG that ends too early");
    if (length == bytes.npos) continue;
    const auto close = at + length;
    const auto tag = bytes.substr(at + name.size(), length - name.size());
    const auto before = bytes.substr(at - std::min<std::size_t>(at, 64), std::min<std::size_t>(at, 64));
    const auto opening = before.find_last_of("</");
    if (tag.ends_with('/') || opening == before.npos || before[opening] == '/') continue;
    if (tag.find("id=\"gatescope\"") == tag.npos && tag.find("id='gatescope'") == tag.npos) continue;
    auto content = bytes.substr(close + 1);
    // Up to the end, or what another program put in beside it.
    std::size_t end = 0;
    for (end = content.find('<'); end != content.npos && content.substr(end).starts_with("<![CDATA[");)
      end = content.find('<', std::min(content.find("]]>", end), content.size() - 1) + 1);
    if (end == content.npos) fail("an SVG that ends too early");
    content = content.substr(0, end);
    while (!content.empty() && std::string_view(" \t\r\n").find(content.front()) != std::string_view::npos)
      content.remove_prefix(1);
    while (!content.empty() && std::string_view(" \t\r\n").find(content.back()) != std::string_view::npos)
      content.remove_suffix(1);
    return xml_unescaped(content);
  }
  return std::nullopt;
}

// <FEFF...>: UTF-16 in hexadecimal digits.
std::optional<std::string> from_pdf_hex(std::string_view text) {
  std::vector<std::uint32_t> units;
  std::uint32_t unit = 0;
  int digits = 0;
  for (char c : text) {
    if (c == '>') break;
    if (c == '\n' || c == '\r' || c == ' ') continue;
    const auto digit =
        std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
    if (digit == std::string_view::npos) return std::nullopt;
    unit = unit << 4 | static_cast<std::uint32_t>(digit);
    if (++digits == 4) units.push_back(unit), unit = 0, digits = 0;
  }
  if (units.empty() || units[0] != 0xfeff) return std::nullopt;
  std::string out;
  for (std::size_t i = 1; i < units.size(); ++i) {
    std::uint32_t c = units[i];
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < units.size())
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00);
    append_utf8(out, c);
  }
  return out;
}

constexpr std::string_view pdf_space{"\0\t\n\f\r ", 6};

std::string_view without_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(pdf_space), text.size()));
  return text;
}

/// A whole number at the beginning, which is taken away.
std::optional<std::size_t> take_number(std::string_view& text) {
  text = without_space(text);
  std::size_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view word) {
  text = without_space(text);
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// A string in parentheses, the first of which is gone. Nothing where it does not end.
std::optional<std::string> take_pdf_string(std::string_view& text) {
  std::string out;
  int depth = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      c = text[++at];
      if (c == '\n') continue;  // goes on in the next line
      if (c >= '0' && c <= '7') {
        int value = 0;
        for (int digits = 0; digits < 3 && at < text.size() && text[at] >= '0' && text[at] <= '7'; ++digits)
          value = value * 8 + (text[at++] - '0');
        --at;
        out += static_cast<char>(value);
        continue;
      }
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) {
      text.remove_prefix(at + 1);
      return out;
    }
    out += c;
  }
  return std::nullopt;
}

/// Where the table of a PDF, and those it continues, say that an object begins.
std::optional<std::size_t> place_of_object(std::string_view bytes, std::string_view table,
                                           std::size_t object) {
  for (int tables = 0; tables < 64; ++tables) {
    if (!take(table, "xref")) return std::nullopt;
    std::optional<std::size_t> place;
    while (!take(table, "trailer")) {
      const auto first = take_number(table), count = take_number(table);
      if (!first || !count) return std::nullopt;
      table = without_space(table);
      constexpr std::size_t entry = 20;  // bytes: place, generation, "n" or "f"
      if (*count > table.size() / entry) return std::nullopt;
      if (object >= *first && object - *first < *count) {
        auto row = table.substr((object - *first) * entry, entry);
        place = take_number(row);
      }
      table.remove_prefix(*count * entry);
    }
    if (place) return place;
    const auto before = table.find("/Prev");
    if (before == table.npos) return std::nullopt;
    auto rest = table.substr(before + 5);
    const auto at = take_number(rest);
    if (!at || *at >= bytes.size()) return std::nullopt;
    table = bytes.substr(*at);
  }
  return std::nullopt;
}

/// The keywords in the document's information, found as a reader of PDF finds them: what a text says of
/// itself is no place to look.
std::optional<std::string> from_pdf(std::string_view bytes) {
  const auto start = bytes.rfind("startxref");
  if (start == bytes.npos) fail("a PDF that ends too early");
  auto rest = bytes.substr(start + 9);
  const auto table = take_number(rest);
  if (!table || *table >= bytes.size()) fail("a PDF that ends too early");
  const auto trailer = bytes.find("trailer", *table);
  const auto info = trailer == bytes.npos ? trailer : bytes.find("/Info", trailer);
  if (info == bytes.npos) return std::nullopt;  // written by another program, or packed by one
  rest = bytes.substr(info + 5);
  const auto number = take_number(rest);
  const auto place = number ? place_of_object(bytes, bytes.substr(*table), *number) : std::nullopt;
  if (!place || *place >= bytes.size()) return std::nullopt;
  rest = bytes.substr(*place);
  if (take_number(rest) != number || !take_number(rest) || !take(rest, "obj") || !take(rest, "<<"))
    return std::nullopt;
  std::string creator;
  std::optional<std::string> keywords;
  while (take(rest, "/")) {
    const auto name = rest.substr(0, rest.find_first_of("\t\n\f\r (<>/["));
    rest.remove_prefix(name.size());
    std::optional<std::string> value;
    if (take(rest, "(")) {
      value = take_pdf_string(rest);
      if (!value) return std::nullopt;
    } else if (take(rest, "<")) {
      const auto end = rest.find('>');
      if (end == rest.npos) return std::nullopt;
      value = from_pdf_hex(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    } else {
      rest.remove_prefix(std::min(rest.find_first_of("/>"), rest.size()));
    }
    if (name == "Creator") creator = value.value_or("");
    if (name == "Keywords") keywords = value;
  }
  return creator == "Gatescope" ? keywords : std::nullopt;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    // U+FFFE and U+FFFF are no characters of XML.
    if (const auto three = text.substr(at, 3); three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      out += "\xEF\xBF\xBD";
      at += 2;
      continue;
    }
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 32) out += c;  // XML 1.0 has no other control characters
    }
  }
  return out;
}

std::string png_with_metadata(std::string_view png, std::string_view metadata, double pixels_per_point) {
  const auto per_metre = static_cast<std::uint32_t>(std::lround(pixels_per_point * 72 / 0.0254));
  return png_with_chunks(png, "gatescope", metadata, per_metre);
}

std::optional<std::string> embedded_metadata(std::string_view bytes) {
  if (bytes.starts_with(png_signature)) return text_in_png(bytes, "gatescope");
  if (bytes.starts_with("%PDF-")) return from_pdf(bytes);
  if (bytes.substr(0, 4096).find("<svg") != bytes.npos) return from_svg(bytes);
  const std::string_view format = foreign_format(bytes);
  fail("{}neither SVG, PDF nor PNG", format.empty() ? "" : fmt::format("{}, ", format));
}

std::optional<std::string> read_embedded_metadata(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, most_bytes);
  try {
    return embedded_metadata(bytes);
  } catch (const Error& error) {
    fail("'{}' is {}", path.string(), error.what());
  }
}

}  // namespace gatescope::app
