#pragma once

#include "app/gl/canvas.h"
#include "app/kit/gui.h"

namespace gatescope::ui {

/// The frame that was ended last, as pixels in memory; `canvas` gets its size and is drawn on.
plot::Raster screenshot(const gl::Context& gl, const Gui& gui, gl::Canvas& canvas, int width, int height);

}  // namespace gatescope::ui
