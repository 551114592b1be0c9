#pragma once

#include <limits>

namespace gatescope::nn {

/// The range of a channel without a bound.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

}  // namespace gatescope::nn
