#pragma once

#include <string>

#include "app/export/cairo_painter.h"

namespace gatescope::test {

/// How far two pictures may be from each other: the mean absolute difference of their components (0..255),
/// and the share of components that differ by more than `far_off`.
struct Tolerance {
  static constexpr int far_off = 16;
  double mean = 0, share = 0;
};

struct Difference {
  double mean = 0, share = 0;
  int greatest = 0;
};

/// Throws Error where the pictures are not equally large.
Difference difference(const plot::Raster& a, const plot::Raster& b);

/// On failure NAME.actual.png, NAME.reference.png and NAME.difference.png (eightfold) lie in the folder
/// failed_pictures of the working directory.
void expect_alike(const std::string& name, const plot::Raster& actual, const plot::Raster& reference,
                  const Tolerance& tolerance);

}  // namespace gatescope::test
