#include "app/export/metadata.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/error.h"
#include "core/files.h"

namespace gatescope::app {
namespace {

constexpr std::string_view png_signature{"\x89PNG\r\n\x1a\n", 8};
constexpr std::string_view keyword = "gatescope";
constexpr std::string_view svg_open = "<metadata id=\"gatescope\">", svg_close = "</metadata>";

// CRC-32 of ISO 3309, bit by bit: chunks of ours are short.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 255);
  return out;
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(crc32(body));
}

std::optional<std::string> from_png(std::string_view bytes) {
  std::size_t at = png_signature.size();
  while (bytes.size() - at >= 12) {
    const std::size_t length = big_endian(bytes.substr(at));
    if (length > bytes.size() - at - 12) return std::nullopt;
    const auto type = bytes.substr(at + 4, 4), data = bytes.substr(at + 8, length);
    if (type == "iTXt" && data.size() > keyword.size() + 4 && data.starts_with(keyword) &&
        data[keyword.size()] == 0) {
      // keyword 0 compressed method language 0 translated-keyword 0 text; ours is not compressed
      const auto flag = keyword.size() + 1;
      const auto language = data.find('\0', flag + 2);
      const auto translated = language == data.npos ? data.npos : data.find('\0', language + 1);
      if (data[flag] == 0 && translated != data.npos) return std::string(data.substr(translated + 1));
    }
    at += 12 + length;
  }
  return std::nullopt;
}

std::optional<std::string> from_svg(std::string_view bytes) {
  const auto open = bytes.find(svg_open);
  if (open == bytes.npos) return std::nullopt;
  const auto start = open + svg_open.size(), end = bytes.find(svg_close, start);
  if (end == bytes.npos) return std::nullopt;
  std::string out;
  for (std::size_t i = start; i < end;) {
    bool replaced = false;
    for (const auto& [name, character] : {std::pair<std::string_view, char>{"&lt;", '<'},
                                          {"&gt;", '>'},
                                          {"&quot;", '"'},
                                          {"&#10;", '\n'},
                                          {"&#9;", '\t'},
                                          {"&#13;", '\r'},
                                          {"&amp;", '&'}})
      if (!replaced && bytes.substr(i, name.size()) == name) {
        out += character;
        i += name.size();
        replaced = true;
      }
    if (!replaced) out += bytes[i++];
  }
  return out;
}

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

std::optional<std::string> from_pdf(std::string_view bytes) {
  constexpr std::string_view name = "/Keywords";
  if (bytes.find("/Creator (Gatescope)") == bytes.npos) return std::nullopt;
  auto at = bytes.rfind(name);
  if (at == bytes.npos) return std::nullopt;
  at = bytes.find_first_not_of(" \r\n", at + name.size());
  if (at == bytes.npos) return std::nullopt;
  if (bytes[at] == '<') return from_pdf_hex(bytes.substr(at + 1));
  if (bytes[at] != '(') return std::nullopt;
  std::string out;
  int depth = 1;
  for (++at; at < bytes.size(); ++at) {
    char c = bytes[at];
    if (c == '\\' && at + 1 < bytes.size()) {
      c = bytes[++at];
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return out;
    out += c;
  }
  return std::nullopt;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
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
  if (!png.starts_with(png_signature) || png.size() < 33) fail("these bytes are no PNG");
  const std::size_t after_header = png_signature.size() + 25;  // signature, then IHDR of 13 bytes
  const std::string per_metre =
      big_endian(static_cast<std::uint32_t>(std::lround(pixels_per_point * 72 / 0.0254)));
  std::string added = chunk("pHYs", per_metre + per_metre + '\1');
  if (!metadata.empty())
    added += chunk("iTXt", std::string(keyword) + std::string(5, '\0') + std::string(metadata));
  return std::string(png.substr(0, after_header)) + added + std::string(png.substr(after_header));
}

std::optional<std::string> embedded_metadata(std::string_view bytes) {
  if (bytes.starts_with(png_signature)) return from_png(bytes);
  if (bytes.starts_with("%PDF-")) return from_pdf(bytes);
  if (bytes.substr(0, 4096).find("<svg") != bytes.npos) return from_svg(bytes);
  fail("neither SVG, PDF nor PNG");
}

std::optional<std::string> read_embedded_metadata(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  try {
    return embedded_metadata(bytes);
  } catch (const Error& error) {
    fail("'{}' is {}", path.string(), error.what());
  }
}

}  // namespace gatescope::app
