#pragma once

#include <functional>
#include <string_view>

#include "core/plot/figure.h"
#include "core/plot/scene.h"
#include "core/plot/theme.h"

namespace gatescope::plot {

struct TextExtent {
  float width = 0;    ///< advance
  float ascent = 0;   ///< of the font, above the baseline
  float descent = 0;  ///< of the font, below it, positive
};

/// Measures one line of UTF-8. The painter that will draw the scene supplies it, so that text fits.
using TextMeasure = std::function<TextExtent(std::string_view text, const TextStyle& style)>;

/// Places everything: ticks at round numbers, labels that never overlap, legends beside the data, clip boxes.
/// Data denser than half a point is thinned so that the least and the greatest value of every point of width
/// stay visible. Of panels over steps that show more than `steps` (the figure's own where there are none),
/// these alone are shown; a panel that does not show all of them keeps its own. Any size is laid out; where
/// it is too small for an axis its labels are left out before the data is.
Scene layout(const Figure& figure, Size size, const Theme& theme, const TextMeasure& measure,
             const std::optional<Steps>& steps = {});

}  // namespace gatescope::plot
