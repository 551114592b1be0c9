#include "app/platform/offscreen.h"

#define EGL_NO_X11
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace gatescope::platform {

namespace {

bool lists(const char* extensions, std::string_view name) {
  if (extensions == nullptr) return false;
  std::string_view rest(extensions);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

/// Displays that need no window system, best first.
std::vector<EGLDisplay> displays() {
  const char* client = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  const auto get =
      reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(eglGetProcAddress("eglGetPlatformDisplayEXT"));
  std::vector<EGLDisplay> found;
  const auto add = [&](EGLDisplay display) {
    if (display != EGL_NO_DISPLAY) found.push_back(display);
  };
  if (get != nullptr && lists(client, "EGL_MESA_platform_surfaceless"))
    add(get(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr));
  const auto query = reinterpret_cast<PFNEGLQUERYDEVICESEXTPROC>(eglGetProcAddress("eglQueryDevicesEXT"));
  if (get != nullptr && query != nullptr && lists(client, "EGL_EXT_platform_device")) {
    std::array<EGLDeviceEXT, 16> devices{};
    EGLint count = 0;
    if (query(static_cast<EGLint>(devices.size()), devices.data(), &count) == EGL_TRUE)
      for (EGLint i = 0; i < count; ++i) add(get(EGL_PLATFORM_DEVICE_EXT, devices[i], nullptr));
  }
  return found;
}

struct Opened {
  EGLContext context = EGL_NO_CONTEXT;
  EGLSurface surface = EGL_NO_SURFACE;
  std::string reason = {};  ///< why there is no context
};

Opened open(EGLDisplay display) {
  EGLint major = 0, minor = 0;
  if (eglInitialize(display, &major, &minor) != EGL_TRUE)
    return {.reason = fmt::format("eglInitialize failed ({:#x})", eglGetError())};
  const std::string driver =
      fmt::format("EGL {}.{} of {}", major, minor, eglQueryString(display, EGL_VENDOR));
  if (eglBindAPI(EGL_OPENGL_API) != EGL_TRUE) return {.reason = driver + " has no desktop OpenGL"};

  const bool surfaceless = lists(eglQueryString(display, EGL_EXTENSIONS), "EGL_KHR_surfaceless_context");
  const std::array<EGLint, 5> wanted{EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE,
                                     surfaceless ? 0 : EGL_PBUFFER_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (eglChooseConfig(display, wanted.data(), &config, 1, &count) != EGL_TRUE || count == 0)
    return {.reason = driver + " offers no OpenGL configuration"};

  const std::array<EGLint, 7> version{EGL_CONTEXT_MAJOR_VERSION,
                                      3,
                                      EGL_CONTEXT_MINOR_VERSION,
                                      3,
                                      EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                      EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                      EGL_NONE};
  Opened opened;
  opened.context = eglCreateContext(display, config, EGL_NO_CONTEXT, version.data());
  if (opened.context == EGL_NO_CONTEXT)
    return {.reason = fmt::format("{} offers no OpenGL 3.3 core context ({:#x})", driver, eglGetError())};
  if (!surfaceless) {
    const std::array<EGLint, 5> size{EGL_WIDTH, 1, EGL_HEIGHT, 1, EGL_NONE};
    opened.surface = eglCreatePbufferSurface(display, config, size.data());
  }
  if (eglMakeCurrent(display, opened.surface, opened.surface, opened.context) != EGL_TRUE) {
    const EGLint error = eglGetError();
    if (opened.surface != EGL_NO_SURFACE) eglDestroySurface(display, opened.surface);
    eglDestroyContext(display, opened.context);
    return {.reason = fmt::format("{} cannot draw without a window ({:#x})", driver, error)};
  }
  return opened;
}

}  // namespace

struct OffscreenContext::Parts {
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLContext context = EGL_NO_CONTEXT;
  EGLSurface surface = EGL_NO_SURFACE;  // of one pixel, where a context needs one

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  // The display stays initialised: EGL hands the same one to everybody in the process, and to end it would
  // end the contexts of others.
  ~Parts() {
    if (context == EGL_NO_CONTEXT) return;
    if (eglGetCurrentContext() == context)
      eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (surface != EGL_NO_SURFACE) eglDestroySurface(display, surface);
    eglDestroyContext(display, context);
  }
};

OffscreenContext::OffscreenContext() : parts_(std::make_unique<Parts>()) {
  std::string reasons;
  for (EGLDisplay display : displays()) {
    Opened opened = open(display);
    if (opened.context == EGL_NO_CONTEXT) {
      reasons += (reasons.empty() ? "" : "; ") + opened.reason;
      continue;
    }
    parts_->display = display;
    parts_->context = opened.context;
    parts_->surface = opened.surface;
    break;
  }
  if (parts_->context == EGL_NO_CONTEXT)
    fail("no off-screen OpenGL 3.3 by EGL (Debian: libegl1 and libgl1-mesa-dri): {}",
         reasons.empty() ? "no display without a window system was found" : reasons);
  functions_ = gl::load_functions([](const char* name) { return eglGetProcAddress(name); });
}

OffscreenContext::~OffscreenContext() = default;

void OffscreenContext::make_current() const {
  if (eglMakeCurrent(parts_->display, parts_->surface, parts_->surface, parts_->context) != EGL_TRUE)
    fail("the off-screen OpenGL context cannot be made current ({:#x})", eglGetError());
}

}  // namespace gatescope::platform
