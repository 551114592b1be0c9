// Text that is read strictly is written back the same; text with replacements is valid from then on.
#include "core/utf8.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  const std::string_view bytes = gatescope::fuzz::text_of(data, size);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

  const std::u32string replaced = decode_utf8(bytes, InvalidUtf8::replace, "fuzz");
  if (replaced.size() > size) std::abort();
  const std::string written = encode_utf8(replaced);
  // A second byte order mark in front is text; written at the very front it would be skipped.
  const std::string marked = std::string(byte_order_mark) + written;
  if (decode_utf8(marked, InvalidUtf8::error, "fuzz") != replaced) std::abort();
  for (const char32_t character : replaced) {
    const std::string shown = display_character(character);
    if (shown.empty()) std::abort();
    decode_utf8(shown, InvalidUtf8::error, "fuzz");
  }

  try {
    const std::u32string text = decode_utf8(bytes, InvalidUtf8::error, "fuzz");
    if (text != replaced) std::abort();
    const bool has_mark = bytes.substr(0, 3) == byte_order_mark;
    if (encode_utf8(text) != bytes.substr(has_mark ? 3 : 0)) std::abort();
  } catch (const gatescope::Error& e) {
    if (replaced.find(U'\uFFFD') == std::u32string::npos) std::abort();
    gatescope::fuzz::require_one_line(e);
  }
  return 0;
}
