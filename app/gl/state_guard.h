#pragma once

#include <array>

#include "app/gl/functions.h"

namespace gatescope::gl {

/// Puts the framebuffer binding and the viewport back, and switches off what painting switches on.
class StateGuard {
 public:
  explicit StateGuard(const Functions& gl) : gl_(gl) {
    gl.GetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &draw_);
    gl.GetIntegerv(GL_READ_FRAMEBUFFER_BINDING, &read_);
    gl.GetIntegerv(GL_VIEWPORT, viewport_.data());
    for (GLenum test : {GL_DEPTH_TEST, GL_CULL_FACE, GL_SCISSOR_TEST, GL_STENCIL_TEST}) gl.Disable(test);
    if (!gl.es) gl.Disable(GL_FRAMEBUFFER_SRGB);
  }
  StateGuard(const StateGuard&) = delete;
  StateGuard& operator=(const StateGuard&) = delete;
  ~StateGuard() {
    gl_.BindFramebuffer(GL_DRAW_FRAMEBUFFER, static_cast<GLuint>(draw_));
    gl_.BindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<GLuint>(read_));
    gl_.Viewport(viewport_[0], viewport_[1], viewport_[2], viewport_[3]);
    for (GLenum test : {GL_BLEND, GL_SCISSOR_TEST, GL_STENCIL_TEST}) gl_.Disable(test);
    gl_.BindVertexArray(0);
    gl_.UseProgram(0);
  }

 private:
  const Functions& gl_;
  GLint draw_ = 0, read_ = 0;
  std::array<GLint, 4> viewport_{};
};

}  // namespace gatescope::gl
