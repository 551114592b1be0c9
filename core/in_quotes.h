#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatescope {

/// Text from outside as it may stand in an error message: in double quotes, on one line (control characters
/// and quotes escaped as in JSON, invalid UTF-8 replaced by U+FFFD), cut with "..." after about `limit`
/// bytes.
std::string in_quotes(std::string_view text, std::size_t limit = 80);

}  // namespace gatescope
