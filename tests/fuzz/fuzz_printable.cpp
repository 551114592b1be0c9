// Whatever bytes come from outside, what is shown of them is UTF-8 on one line without power over a terminal.
#include <algorithm>

#include "core/utf8.h"
#include "tests/fuzz/property.h"

namespace {

/// By Unicode's categories: C0, C1, separators of lines, and everything with the property Bidi_Control.
bool is_power(char32_t c) {
  static constexpr char32_t others[] = {0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202C,
                                        0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF};
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) ||
         std::find(std::begin(others), std::end(others), c) != std::end(others);
}

void require_harmless(std::string_view shown) {
  using namespace gatescope;
  const std::u32string text = decode_utf8(shown, InvalidUtf8::error, "shown");
  fuzz::require(std::none_of(text.begin(), text.end(), is_power), "no character has power over a terminal");
  fuzz::require(printable(shown) == shown, "what is printable stays as it is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::string shown = printable(bytes);
  require_harmless(shown);
  fuzz::require(shown.size() <= 6 * size, "an escape is no longer than six characters");

  for (const std::size_t limit : {std::size_t{0}, std::size_t{7}, std::size_t{80}, size}) {
    const std::string quoted = in_quotes(bytes, limit);
    require_harmless(quoted);
    fuzz::require(quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"',
                  "quotes stand around it");
    fuzz::require(quoted.size() <= 6 * (limit + 4) + 5, "what is too long is cut");
    fuzz::require(quoted.ends_with("...\"") || size <= limit, "what is cut says so");
  }

  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    fuzz::require(length <= 4 && length <= rest.size(), "a character has up to four bytes");
    if (length > 0) {
      // The mark in front is skipped; without it, one that is the text would be.
      const std::string alone = "\xEF\xBB\xBF" + std::string(rest.substr(0, length));
      fuzz::require(decode_utf8(alone, InvalidUtf8::error, "alone").size() == 1, "it is one character");
    }
    rest.remove_prefix(length > 0 ? length : 1);
  }
  return 0;
}
