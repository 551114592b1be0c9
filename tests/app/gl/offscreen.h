#pragma once

#include <gtest/gtest.h>

#include "app/gl/gl_painter.h"
#include "app/platform/offscreen.h"

namespace gatescope::test {

/// Everything that paints, on a context of its own; no OpenGL error may be left at the end.
struct Offscreen {
  platform::OffscreenContext context;
  const gl::Context& gl = context.functions();
  app::Fonts fonts;
  gl::GlPainter painter{gl, fonts};

  ~Offscreen() { EXPECT_EQ(gl->GetError(), GLenum{GL_NO_ERROR}); }
};

}  // namespace gatescope::test
