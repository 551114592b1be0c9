#pragma once

#include "app/type/face.h"
#include "app/type/fonts.h"

namespace gatescope::app {

/// Where a glyph stands: pixels an em, degrees against the clock, and its place in pixels, y downwards.
struct Placed {
  double size, rotation, x, y;
};

Outline outline_of(const Face& face, unsigned long glyph, double size);
GlyphPicture picture_of(const Face& face, unsigned long glyph);

/// Empty where there is nothing to see, or more than `most` pixels a side.
Coverage coverage_of(const Face& face, unsigned long glyph, const Placed& placed, int most);
Coverage coverage_of(const GlyphPicture& picture, const Placed& placed, int most);

}  // namespace gatescope::app
