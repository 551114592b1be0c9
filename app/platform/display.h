#pragma once

#include <string>
#include <string_view>

namespace gatescope::platform {

/// The environment names a display to show windows on.
bool display_named();
/// The display that is named, for messages: "display ':0'".
std::string display_name();

/// Why no window can be shown, and what helps: which display is named, and what is wrong with it. `reason` is
/// what the window library said, `library` which window systems it knows.
std::string display_trouble(std::string_view reason, std::string_view library);

/// What can be done without a window.
inline constexpr std::string_view kWithoutWindow =
    "without a window: gatescope train, gatescope figure, gatescope screenshot --out FILE.png";

}  // namespace gatescope::platform
