// What a file is is told from its bytes: those that are a text are read, in whichever encoding, and others
// are refused with what they are.
#include <algorithm>

#include "core/file_kind.h"
#include "core/task/text_file.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

bool is_plain_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (length == 0 || (lead < 0x20 && lead != '\n' && lead != '\t' && lead != '\r') || lead == 0x7F)
      return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string utf16(std::u32string_view text, bool big_endian) {
  std::string bytes;
  const auto put = [&](char32_t unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  };
  put(0xFEFF);
  for (const char32_t c : text) {
    if (c >= 0x10000) put(0xD800 + ((c - 0x10000) >> 10));
    put(c < 0x10000 ? c : 0xDC00 + ((c - 0x10000) & 0x3FF));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::string kind = foreign_file(bytes), advice = foreign_advice(bytes);
  fuzz::require(printable(kind) == kind && printable(advice) == advice,
                "what a file is is one printable line");

  std::u32string replaced;
  bool refused = false;
  try {
    replaced = task::decode_text(bytes, InvalidUtf8::replace, "fuzz");
    fuzz::require(kind.empty() && replaced.size() <= size, "a text has no more characters than bytes");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    refused = true;
  }
  try {
    const std::u32string text = task::decode_text(bytes, InvalidUtf8::error, "fuzz");
    fuzz::require(!refused && text == replaced, "where nothing is invalid nothing is replaced");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    fuzz::require(refused || replaced.find(U'\uFFFD') != std::u32string::npos, "what is invalid is replaced");
  }

  if (!is_plain_text(bytes)) return 0;
  fuzz::require(kind.empty() && !refused, "a text is a text, whatever words it begins with");
  const bool marked = bytes.starts_with("\xEF\xBB\xBF");
  fuzz::require(encode_utf8(replaced) == bytes.substr(marked ? 3 : 0), "a text is read as it is");
  for (const bool big_endian : {false, true}) {
    fuzz::require(task::decode_text(utf16(replaced, big_endian), InvalidUtf8::error, "utf16") == replaced,
                  "UTF-16 with its mark is read");
  }
  return 0;
}
