#pragma once

#include <string>
#include <string_view>

#include "core/task/utf8.h"

namespace gatescope::task {

/// The characters of a text file: UTF-8, or UTF-16 or UTF-32 where it begins with their byte order mark,
/// which is dropped. Where `on_invalid` is error, throws Error that names the origin, the offset of what
/// belongs to no character, the encoding that the bytes look like and how to convert it; where it is replace,
/// each such place becomes U+FFFD. A picture, an archive, a model and the like is an Error in both cases that
/// says what it is, and so are UTF-16 without a mark and bytes that are mostly zero.
std::u32string decode_text(std::string_view bytes, InvalidUtf8 on_invalid, std::string_view origin);

/// SHA-256 of the characters in UTF-8, as 64 hexadecimal digits: the same however the file encodes them.
std::string digest(std::u32string_view text);

}  // namespace gatescope::task
