#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatescope {

/// Text from outside as it may stand in an error message: in double quotes, on one line (control characters
/// and quotes escaped as in JSON, invalid UTF-8 replaced by U+FFFD), cut with "..." after about `limit`
/// bytes.
std::string in_quotes(std::string_view text, std::size_t limit = 80);

/// Text as it may go to a terminal: on one line and without power over it. Control characters (C0, C1, DEL),
/// line separators and the characters that turn the direction of writing become escapes such as \n, \u001b,
/// \u202e; a byte that is not UTF-8 becomes \xe9.
std::string printable(std::string_view text);

/// The bytes of the UTF-8 character that the text begins with, 1 to 4; 0 where it begins with none (or is
/// empty).
std::size_t utf8_length(std::string_view text);

}  // namespace gatescope
