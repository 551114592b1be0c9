#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/export/cairo_painter.h"
#include "app/export/png.h"

namespace gatescope::app {

// Pictures are compared by the mean colours of blocks of pixels. FreeType and cairo versions differ in how
// they anti-alias edges, which moves single pixels by a lot but the mean of a block by little; a label that
// is missing, a curve of another colour or a line that moved changes whole blocks.
inline constexpr int golden_block = 4;  // pixels a side: a little less than a digit's width
/// By how much a block's mean may differ (of 255) before it counts: a hairline across a block makes about 30.
inline constexpr double golden_block_tolerance = 16;
/// The share of blocks that may: 17 of the 17,600 of a picture, fewer than a short tick label covers.
inline constexpr double golden_share = 0.001;

Raster read_png(const std::filesystem::path& path);

/// What is different, in words; none where the pictures agree within the tolerance.
std::optional<std::string> difference(const Raster& actual, const Raster& reference);
/// The reference in pale grey, with blocks that differ in red.
Raster difference_picture(const Raster& actual, const Raster& reference);

}  // namespace gatescope::app
