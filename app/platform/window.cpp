#include "app/platform/window.h"

// OpenGL's functions are looked up by ourselves.
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "app/platform/window_keys.h"
#include "core/error.h"

namespace gatescope::platform {

namespace {

bool empty_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0';
}

std::string last_error() {
  const char* description = nullptr;
  glfwGetError(&description);
  return description != nullptr ? description : "no reason given";
}

void start_glfw() {
#if !defined(_WIN32) && !defined(__APPLE__)
  if (empty_variable("DISPLAY") && empty_variable("WAYLAND_DISPLAY"))
    fail("no display: DISPLAY and WAYLAND_DISPLAY are empty, so no window can be shown");
#endif
  if (glfwInit() != GLFW_TRUE) {
    const char* display = std::getenv("DISPLAY");
    fail("no display: '{}' cannot be reached ({})", display != nullptr ? display : "", last_error());
  }
}

/// The OpenGL there is, by a context of any version.
std::string version_found() {
  glfwDefaultWindowHints();
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  GLFWwindow* window = glfwCreateWindow(16, 16, "", nullptr, nullptr);
  if (window == nullptr) return "no OpenGL at all (" + last_error() + ")";
  glfwMakeContextCurrent(window);
  using GetString = const unsigned char* (*)(unsigned);
  const auto get = reinterpret_cast<GetString>(glfwGetProcAddress("glGetString"));
  const auto text = [&](unsigned name) {
    const unsigned char* value = get != nullptr ? get(name) : nullptr;
    return std::string(value != nullptr ? reinterpret_cast<const char*>(value) : "unknown");
  };
  std::string found = fmt::format("OpenGL {} on {}", text(GL_VERSION), text(GL_RENDERER));
  glfwDestroyWindow(window);
  return found;
}

GLFWwindow* make_window(const std::string& title, int width, int height) {
  glfwDefaultWindowHints();
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  return glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
}

/// The monitor that shows most of a window.
GLFWmonitor* monitor_of(GLFWwindow* window) {
  int x = 0, y = 0, width = 0, height = 0, count = 0;
  glfwGetWindowPos(window, &x, &y);
  glfwGetWindowSize(window, &width, &height);
  GLFWmonitor** monitors = glfwGetMonitors(&count);
  GLFWmonitor* best = glfwGetPrimaryMonitor();
  int most = 0;
  for (int i = 0; i < count; ++i) {
    int left = 0, top = 0;
    glfwGetMonitorPos(monitors[i], &left, &top);
    const GLFWvidmode* mode = glfwGetVideoMode(monitors[i]);
    if (mode == nullptr) continue;
    const int across = std::min(x + width, left + mode->width) - std::max(x, left);
    const int down = std::min(y + height, top + mode->height) - std::max(y, top);
    if (across > 0 && down > 0 && across * down > most) {
      most = across * down;
      best = monitors[i];
    }
  }
  return best;
}

}  // namespace

struct Window::Parts {
  GLFWwindow* window = nullptr;
  gl::Context gl;
  Events events;
  std::array<GLFWcursor*, 7> pointers{};
  ui::Pointer pointer = ui::Pointer::arrow;
  struct Placement {
    int x = 0, y = 0, width = 0, height = 0;
  } windowed;

  static Events& of(GLFWwindow* window) {
    return static_cast<Parts*>(glfwGetWindowUserPointer(window))->events;
  }
  void listen();
};

bool Window::available() {
#if !defined(_WIN32) && !defined(__APPLE__)
  if (empty_variable("DISPLAY") && empty_variable("WAYLAND_DISPLAY")) return false;
#endif
  return glfwInit() == GLFW_TRUE;
}

Window::Window(const std::string& title, int width, int height) : parts_(std::make_unique<Parts>()) {
  start_glfw();
  // No larger than what the desktop leaves free.
  if (GLFWmonitor* monitor = glfwGetPrimaryMonitor()) {
    int left = 0, top = 0, across = 0, down = 0;
    glfwGetMonitorWorkarea(monitor, &left, &top, &across, &down);
    if (across > 0 && down > 0) width = std::min(width, across), height = std::min(height, down);
  }
  parts_->window = make_window(title, width, height);
  if (parts_->window == nullptr) {
    const std::string reason = last_error(), found = version_found();
    glfwTerminate();
    fail("OpenGL 3.3 is needed, found {} ({})", found, reason);
  }
  glfwMakeContextCurrent(parts_->window);
  try {
    parts_->gl = gl::load_functions([](const char* name) { return glfwGetProcAddress(name); });
  } catch (...) {
    glfwDestroyWindow(parts_->window);
    glfwTerminate();
    throw;
  }
  glfwSwapInterval(1);
  parts_->listen();
}

Window::~Window() {
  for (GLFWcursor* pointer : parts_->pointers)
    if (pointer != nullptr) glfwDestroyCursor(pointer);
  glfwDestroyWindow(parts_->window);
  glfwTerminate();
}

// GLFW reports places in the desktop's units; everything of ours is in pixels.
void Window::Parts::listen() {
  glfwSetWindowUserPointer(window, this);
  glfwSetCursorPosCallback(window, [](GLFWwindow* w, double x, double y) {
    int across = 1, down = 1, width = 1, height = 1;
    glfwGetWindowSize(w, &across, &down);
    glfwGetFramebufferSize(w, &width, &height);
    if (of(w).mouse_move && across > 0 && down > 0)
      of(w).mouse_move(static_cast<float>(x * width / across), static_cast<float>(y * height / down));
  });
  glfwSetCursorEnterCallback(window, [](GLFWwindow* w, int entered) {
    if (entered == GLFW_FALSE && of(w).mouse_leave) of(w).mouse_leave();
  });
  glfwSetMouseButtonCallback(window, [](GLFWwindow* w, int button, int action, int mods) {
    if (of(w).mouse_button) of(w).mouse_button(button, action == GLFW_PRESS, mods_of(mods));
  });
  glfwSetScrollCallback(window, [](GLFWwindow* w, double dx, double dy) {
    if (of(w).wheel) of(w).wheel(static_cast<float>(dx), static_cast<float>(dy), mods_held(w));
  });
  glfwSetKeyCallback(window, [](GLFWwindow* w, int key, int scancode, int action, int mods) {
    const ui::Key known = key_of(key, scancode);
    if (of(w).key && known != ui::Key::none) of(w).key(known, action != GLFW_RELEASE, mods_of(mods));
  });
  glfwSetCharCallback(window, [](GLFWwindow* w, unsigned character) {
    if (of(w).character) of(w).character(character);
  });
  glfwSetWindowFocusCallback(window, [](GLFWwindow* w, int focused) {
    if (of(w).focus) of(w).focus(focused == GLFW_TRUE);
  });
  glfwSetDropCallback(window, [](GLFWwindow* w, int count, const char** paths) {
    if (of(w).drop) of(w).drop(std::vector<std::string>(paths, paths + count));
  });
  glfwSetWindowRefreshCallback(window, [](GLFWwindow* w) {
    if (of(w).refresh) of(w).refresh();
  });
  glfwSetFramebufferSizeCallback(window, [](GLFWwindow* w, int, int) {
    if (of(w).refresh) of(w).refresh();
  });
}

const gl::Context& Window::functions() const {
  return parts_->gl;
}
void Window::set_events(Events events) {
  parts_->events = std::move(events);
}

void Window::connect(ui::Gui& gui, std::function<void(const std::vector<std::string>&)> drop,
                     std::function<void()> refresh) {
  gui.set_clipboard([this] { return clipboard(); }, [this](const std::string& text) { set_clipboard(text); });
  set_events({.mouse_move = [&gui](float x, float y) { gui.mouse_move(x, y); },
              .mouse_leave = [&gui] { gui.mouse_leave(); },
              .mouse_button = [&gui](int i, bool down, ui::Mods mods) { gui.mouse_button(i, down, mods); },
              .wheel = [&gui](float dx, float dy, ui::Mods mods) { gui.wheel(dx, dy, mods); },
              .key = [&gui](ui::Key key, bool down, ui::Mods mods) { gui.key(key, down, mods); },
              .character = [&gui](char32_t character) { gui.character(character); },
              .focus = [&gui](bool focused) { gui.focus(focused); },
              .drop = std::move(drop),
              .refresh = std::move(refresh)});
}

int Window::width() const {
  int width = 0, height = 0;
  glfwGetFramebufferSize(parts_->window, &width, &height);
  return width;
}

int Window::height() const {
  int width = 0, height = 0;
  glfwGetFramebufferSize(parts_->window, &width, &height);
  return height;
}

float Window::scale() const {
  float x = 1, y = 1;
  glfwGetWindowContentScale(parts_->window, &x, &y);
  return std::isfinite(x) ? std::clamp(x, 0.5f, 8.0f) : 1;
}

bool Window::minimised() const {
  return glfwGetWindowAttrib(parts_->window, GLFW_ICONIFIED) == GLFW_TRUE || width() == 0 || height() == 0;
}

bool Window::should_close() const {
  return glfwWindowShouldClose(parts_->window) == GLFW_TRUE;
}
void Window::set_should_close(bool close) {
  glfwSetWindowShouldClose(parts_->window, close ? GLFW_TRUE : GLFW_FALSE);
}

void Window::set_title(const std::string& title) {
  glfwSetWindowTitle(parts_->window, title.c_str());
}

void Window::set_pointer(ui::Pointer pointer) {
  if (pointer == std::exchange(parts_->pointer, pointer)) return;
  // GLFW 3.3 has no shapes for moving and forbidding.
  constexpr std::array<int, 7> shapes{GLFW_ARROW_CURSOR,   GLFW_IBEAM_CURSOR,   GLFW_HAND_CURSOR,
                                      GLFW_HRESIZE_CURSOR, GLFW_VRESIZE_CURSOR, GLFW_HAND_CURSOR,
                                      GLFW_ARROW_CURSOR};
  const auto index = static_cast<std::size_t>(pointer);
  GLFWcursor*& made = parts_->pointers[index];
  if (made == nullptr) made = glfwCreateStandardCursor(shapes[index]);
  glfwSetCursor(parts_->window, made);
}

bool Window::fullscreen() const {
  return glfwGetWindowMonitor(parts_->window) != nullptr;
}

void Window::set_fullscreen(bool on) {
  if (on == fullscreen()) return;
  Parts::Placement& windowed = parts_->windowed;
  if (!on) {
    glfwSetWindowMonitor(parts_->window, nullptr, windowed.x, windowed.y, windowed.width, windowed.height,
                         GLFW_DONT_CARE);
    return;
  }
  GLFWmonitor* monitor = monitor_of(parts_->window);
  const GLFWvidmode* mode = monitor != nullptr ? glfwGetVideoMode(monitor) : nullptr;
  if (mode == nullptr) return;
  glfwGetWindowPos(parts_->window, &windowed.x, &windowed.y);
  glfwGetWindowSize(parts_->window, &windowed.width, &windowed.height);
  glfwSetWindowMonitor(parts_->window, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
}

std::string Window::clipboard() const {
  const char* text = glfwGetClipboardString(parts_->window);
  return text != nullptr ? text : "";
}
void Window::set_clipboard(const std::string& text) {
  glfwSetClipboardString(parts_->window, text.c_str());
}

void Window::make_current() const {
  glfwMakeContextCurrent(parts_->window);
}
void Window::swap() {
  glfwSwapBuffers(parts_->window);
}
void Window::set_vsync(bool on) {
  glfwSwapInterval(on ? 1 : 0);
}
void Window::poll_events() {
  glfwPollEvents();
}
void Window::wait_events(double seconds) {
  if (seconds <= 0)
    glfwPollEvents();
  else
    glfwWaitEventsTimeout(std::min(seconds, 3600.0));
}
void Window::wake() {
  glfwPostEmptyEvent();
}

namespace {

std::function<void()>& lost_display() {
  static std::function<void()> act;
  return act;
}

/// Xlib ends the program after this, with exit(): threads that still run would find what they use destroyed.
int on_io_error(void*) {
  if (lost_display()) lost_display()();
  ::_exit(1);
}

}  // namespace

void Window::on_lost_display(std::function<void()> act) {
  lost_display() = std::move(act);
  // GLFW loads Xlib by itself; where it did not, there is another window system.
  void* xlib = ::dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
  if (xlib == nullptr) return;
  using SetHandler = void* (*)(int (*)(void*));
  if (const auto set = reinterpret_cast<SetHandler>(::dlsym(xlib, "XSetIOErrorHandler"))) set(on_io_error);
  ::dlclose(xlib);
}

}  // namespace gatescope::platform
