#pragma once

#include "core/views/view.h"

namespace gatescope::views {

/// The tab without a place of its own whose views stand in one menu: the laboratory's. A view joins it by
/// this name, `.tab = {0, kLaboratory, kLaboratory}`.
inline constexpr std::string_view kLaboratory = "Lab";

constexpr bool in_laboratory(const View& view) {
  return view.tab.place == 0 && view.tab.name == kLaboratory;
}

}  // namespace gatescope::views
