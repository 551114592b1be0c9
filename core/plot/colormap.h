#pragma once

#include <vector>

#include "core/plot/color.h"

namespace gatescope::plot {

/// How values become colours. All are computed in CIELAB along a stated path and then spaced so that
/// equal steps of the value are equal steps of CIEDE2000.
enum class Colormap {
  sequential,  ///< navy over teal to pale yellow, lightness rising: gates 0..1, dark is closed and light is
               ///< open
  diverging,   ///< signed values from the panel's own tone (zero): in the colour of a quantity see
               ///< signed_table; of none, sky blue (negative) to orange (positive)
  sequence,    ///< the part of `sequential` that stands out from the panel, for lines and points coloured by
               ///< time
  printed,     ///< signed values in print: midnight blue (negative) over grey (zero) to sand (positive),
               ///< lightness rising all the way, so that the sign survives without colour
};
inline constexpr int colormaps = 4;

/// Colours for values from low to high, in equal steps. `size` is color_table_size in every scene.
using ColorTable = std::vector<Color>;
inline constexpr int color_table_size = 256;

/// Signed values of one quantity: from the panel's tone (zero) to the quantity's colour (positive) and to a
/// pale or dark tone of its hue (negative). Layouts also draw a line through what is negative.
ColorTable signed_table(Color quantity, Color panel, int size = color_table_size);
/// The same in print: lightness rises all the way, from dark (negative) to light (positive), in its hue.
ColorTable printed_table(Color quantity, int size = color_table_size);

/// The table for a map on a panel of that tone: `diverging` has the panel's colour in its middle, `sequence`
/// keeps away from it. A light panel gets darker ends, a dark panel lighter ones.
ColorTable color_table(Colormap map, Color panel, int size = color_table_size);

}  // namespace gatescope::plot
