#pragma once

#include <string_view>

#include "core/plot/figure.h"

namespace gatescope::views {

/// How a view is read, in one short sentence for whoever sees it for the first time: what a row, a line and a
/// colour of it are. Empty for an unknown view.
std::string_view reading_of(std::string_view view);

/// The view's figure with that sentence before its caption.
plot::Figure with_reading(plot::Figure figure, std::string_view view);

}  // namespace gatescope::views
