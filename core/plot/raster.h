#pragma once

#include <vector>

namespace gatescope::plot {

/// Pixels row by row from the top: red, green, blue, alpha of 0..255, opacity not multiplied in.
struct Raster {
  int width = 0, height = 0;
  std::vector<unsigned char> rgba;
};

}  // namespace gatescope::plot
