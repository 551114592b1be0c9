#pragma once

#include <filesystem>
#include <string_view>

#include "core/plot/raster.h"

namespace gatescope::app {

using plot::Raster;

/// The pixels as a PNG without opacity, whole or not at all; makes missing folders. Throws Error that names
/// the path.
void write_png(const std::filesystem::path& path, const Raster& raster);

/// The pixels of a PNG with their opacity, which does not darken them. Throws Error where it is none.
Raster read_png(std::string_view bytes);

}  // namespace gatescope::app
