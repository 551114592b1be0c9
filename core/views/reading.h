#pragma once

#include <string_view>

#include "core/plot/figure.h"

namespace gatescope::views {

/// View::reading of the view with that id; empty for an unknown one.
std::string_view reading_of(std::string_view view);

/// The view's figure with that sentence before its caption.
plot::Figure with_reading(plot::Figure figure, std::string_view view);

}  // namespace gatescope::views
