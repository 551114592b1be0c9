#pragma once

#include "core/plot/figure.h"

namespace gatescope::plot {

/// A figure on the way from one to another: 0 the first, 1 the second. Values of panels with the same key, or
/// in the same place of figures whose panels have none, move where both have as many; all else is as in the
/// second.
Figure between(const Figure& from, const Figure& to, double share);

}  // namespace gatescope::plot
