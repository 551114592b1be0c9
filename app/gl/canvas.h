#pragma once

#include "app/gl/handles.h"
#include "core/plot/raster.h"

namespace gatescope::gl {

/// A picture on the graphics card: 8 bits of sRGB a component, opacity multiplied in, row 0 at the top. It
/// keeps what was painted until it is painted again.
class Canvas {
 public:
  explicit Canvas(const Context& gl);

  /// Throws Error where the card does not hold such a picture. Its content is undefined after a change of
  /// size.
  void resize(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  GLuint texture() const { return color_.id(); }
  GLuint framebuffer() const { return framebuffer_.id(); }

  plot::Raster read() const;

 private:
  Context gl_;
  Texture color_;
  Renderbuffer stencil_;
  Framebuffer framebuffer_;
  int width_ = 0, height_ = 0;
};

}  // namespace gatescope::gl
