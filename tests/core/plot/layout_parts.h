#pragma once

#include <algorithm>
#include <string_view>
#include <variant>
#include <vector>

#include "core/plot/layout.h"

/// What tests of layouts share.
namespace gatescope::plot {

/// A font whose every character is 0.6 em wide.
inline TextExtent measure(std::string_view text, const TextStyle& style) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return {0.6f * style.size * static_cast<float>(characters), 0.93f * style.size, 0.24f * style.size};
}

/// The shapes of one kind on a scene.
template <class T>
std::vector<T> all(const Scene& scene) {
  std::vector<T> out;
  for (const auto& item : scene.items)
    if (const auto* shape = std::get_if<T>(&item.shape)) out.push_back(*shape);
  return out;
}

}  // namespace gatescope::plot
