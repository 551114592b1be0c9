#pragma once

#include <string>

#include "core/plot/figure.h"

namespace gatescope::views {

/// The figure of what a model has not: why, in few words, in place of a picture.
inline plot::Figure not_shown(std::string title, std::string why) {
  plot::Figure figure;
  figure.title = std::move(title);
  figure.headlines.push_back({"–", "not shown"});
  figure.panels.push_back({.empty_text = std::move(why)});
  return figure;
}

inline constexpr const char* kBothDirections = "it reads in both directions";

}  // namespace gatescope::views
