#pragma once

#include <string>

namespace gatescope {

/// With a capital letter in front, where a small one of ASCII stands there.
inline std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace gatescope
