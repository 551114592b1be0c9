#pragma once

namespace gatescope {

/// Whether this is a build with a sanitizer's checks, in which everything takes ten to a hundred times as long.
#ifdef GATESCOPE_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace gatescope
