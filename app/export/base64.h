#pragma once

#include <string>
#include <string_view>

namespace gatescope::app {

/// Bytes as text, for what stands inside other files (RFC 4648).
std::string base64(std::string_view data);

}  // namespace gatescope::app
