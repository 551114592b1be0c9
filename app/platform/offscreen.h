#pragma once

#include <memory>

#include "app/gl/functions.h"

namespace gatescope::platform {

/// An OpenGL 3.3 (or later) core context with no window and no X server, by EGL; a program that was built
/// without it (GATESCOPE_OFFSCREEN) has none. It is current on the thread that makes it until make_current is
/// called on another context.
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
  struct Parts;
  std::unique_ptr<Parts> parts_;
  gl::Context functions_;
};

}  // namespace gatescope::platform
