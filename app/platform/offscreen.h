#pragma once

#include "app/gl/functions.h"

namespace gatescope::platform {

/// An OpenGL 3.3 (or later) core context with no window and no X server, by EGL. It is current on the thread
/// that makes it until make_current is called on another context.
class OffscreenContext {
 public:
  /// Throws Error that says what was tried and found where there is no such context.
  OffscreenContext();
  OffscreenContext(const OffscreenContext&) = delete;
  OffscreenContext& operator=(const OffscreenContext&) = delete;
  ~OffscreenContext();

  void make_current() const;
  const gl::Context& functions() const { return functions_; }

 private:
  void* display_ = nullptr;  ///< EGLDisplay
  void* context_ = nullptr;  ///< EGLContext
  void* surface_ = nullptr;  ///< EGLSurface of one pixel where a context needs one, else EGL_NO_SURFACE
  gl::Context functions_;
};

}  // namespace gatescope::platform
