// Where the program is built without EGL.
#include "app/platform/offscreen.h"
#include "core/error.h"

namespace gatescope::platform {

struct OffscreenContext::Parts {};

OffscreenContext::OffscreenContext() {
  fail(
      "this program was built without drawing off-screen, which needs EGL (CMake: GATESCOPE_OFFSCREEN); "
      "`gatescope "
      "figure` draws every view all the same");
}

OffscreenContext::~OffscreenContext() = default;

void OffscreenContext::make_current() const {}

}  // namespace gatescope::platform
