// Any bytes are refused with an Error or carry an experiment or none, and what is embedded is read back.
#include "app/export/metadata.h"
#include "tests/fuzz/property.h"

namespace {

using gatescope::app::embedded_metadata;

/// The smallest PNG whose header is whole: signature, IHDR, IEND.
constexpr std::string_view png{
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\0IEND\xae\x42\x60\x82",
    45};

bool is_xml(char c) {
  return static_cast<unsigned char>(c) >= 32 || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  const std::string_view bytes = fuzz::text_of(data, size);
  try {
    const auto found = embedded_metadata(bytes);
    fuzz::require(!found || found->size() <= size, "no more is read than the file holds");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }

  const bool zero = bytes.find('\0') != bytes.npos;
  try {
    const std::string with = app::png_with_metadata(png, bytes, 2);
    fuzz::require(!zero, "a zero byte, at which a PNG's texts end, is refused");
    fuzz::require(bytes.empty() || embedded_metadata(with) == bytes, "a PNG tells what it was given");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    fuzz::require(zero, "what a PNG can hold is taken");
  }
  try {
    const std::string again = app::png_with_metadata(bytes, "a", 2);
    fuzz::require(again.size() > size, "what is added to a PNG makes it longer");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }

  // But for what XML has no characters for, and the spaces around it.
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const bool none = bytes.substr(at, 3) == "\xEF\xBF\xBE" || bytes.substr(at, 3) == "\xEF\xBF\xBF";
    if (none)
      text += "\xEF\xBF\xBD", at += 2;
    else if (is_xml(bytes[at]))
      text += bytes[at];
  }
  const std::size_t first = text.find_first_not_of(' ');
  text = first == text.npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
  const std::string svg = "<svg><metadata id=\"gatescope\">" + app::xml_escaped(bytes) + "</metadata></svg>";
  fuzz::require(embedded_metadata(svg) == text, "an SVG tells what it was given");
  return 0;
}
