#include "app/kit/screenshot.h"

#include <algorithm>

#include "app/gl/state_guard.h"

namespace gatescope::ui {

plot::Raster screenshot(const gl::Context& gl, const Gui& gui, gl::Canvas& canvas, int width, int height) {
  const gl::StateGuard guard(*gl);
  canvas.resize(width, height);
  gl->BindFramebuffer(GL_FRAMEBUFFER, canvas.framebuffer());
  gl->Viewport(0, 0, width, height);
  gui.clear_and_draw();
  plot::Raster raster = canvas.read();
  // OpenGL's first row is the lowest.
  const auto row = static_cast<std::ptrdiff_t>(width) * 4;
  for (int y = 0; y < height / 2; ++y) {
    const auto upper = raster.rgba.begin() + y * row;
    std::swap_ranges(upper, upper + row, raster.rgba.begin() + (height - 1 - y) * row);
  }
  return raster;
}

}  // namespace gatescope::ui
