#pragma once

#include <memory>

#include "app/gl/canvas.h"
#include "app/gl/program.h"
#include "app/type/fonts.h"
#include "core/plot/raster.h"
#include "core/plot/scene.h"

namespace gatescope::gl {

/// Paints scenes with OpenGL as the cairo painter does, anti-aliased by exact coverage in the shaders and
/// blended in sRGB. Its context must be current for every call and when it ends. Calls leave the framebuffer
/// binding and the viewport as they were, and blending, scissor and stencil tests switched off.
class GlPainter {
 public:
  /// Throws Error that names file and line of a shader that does not compile.
  GlPainter(const Context& gl, const app::Fonts& fonts, const Shaders& shaders = {});
  GlPainter(GlPainter&&) noexcept;
  GlPainter& operator=(GlPainter&&) noexcept;
  ~GlPainter();

  /// The scene at `scale` pixels a point onto a canvas, which gets its size.
  void paint(const plot::Scene& scene, float scale, Canvas& canvas);

  /// The same as pixels in memory.
  plot::Raster render(const plot::Scene& scene, float scale = 1);

  /// A canvas onto the framebuffer that is bound, over what is there; x and y are those of glViewport, the
  /// canvas's lower left corner.
  void show(const Canvas& canvas, int x, int y);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gatescope::gl
