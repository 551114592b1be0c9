#pragma once

#include <filesystem>

#include "app/export/cairo_painter.h"

namespace gatescope::app {

/// The pixels as a PNG without opacity, whole or not at all; makes missing folders. Throws Error that names the
/// path.
void write_png(const std::filesystem::path& path, const Raster& raster);

}  // namespace gatescope::app
