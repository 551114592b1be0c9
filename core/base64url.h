#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatescope {

/// Bytes in letters that stand in an address as they are (RFC 4648, section 5), without padding.
std::string to_base64url(std::string_view bytes);

/// The bytes; none where it is no such text.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace gatescope
