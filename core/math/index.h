#pragma once

#include <cstddef>

namespace gatescope {

/// Sizes and places in matrices: Eigen's own.
using Index = std::ptrdiff_t;

}  // namespace gatescope
