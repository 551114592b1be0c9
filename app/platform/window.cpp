#include "app/platform/window.h"

// OpenGL's functions are looked up by ourselves.
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "app/platform/display.h"
#include "app/platform/keyboard.h"
#include "app/platform/window_icon.h"
#include "app/platform/window_keys.h"
#include "core/clock.h"
#include "core/error.h"

namespace gatescope::platform {

namespace {

constexpr double kOneChange = 0.5;  // seconds: what a desktop says of a window belongs together

std::string last_error() {
  const char* description = nullptr;
  glfwGetError(&description);
  return description != nullptr ? description : "no reason given";
}

void start_glfw() {
  if (!display_named()) fail("{}", display_trouble("", ""));
  if (glfwInit() != GLFW_TRUE) fail("{}", display_trouble(last_error(), glfwGetVersionString()));
}

/// The OpenGL there is, by a context of any version.
std::string version_found() {
  glfwDefaultWindowHints();
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  GLFWwindow* window = glfwCreateWindow(16, 16, "", nullptr, nullptr);
  if (window == nullptr) return "none at all";
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

/// Whether a screen can have so many pixels a point; settings such as Xft.dpi may say anything.
bool is_density(float scale) {
  return scale >= 0.5F && scale <= 8;
}

bool monitor_has_density() {
  float x = 0, y = 0;
  if (GLFWmonitor* monitor = glfwGetPrimaryMonitor()) glfwGetMonitorContentScale(monitor, &x, &y);
  return is_density(x);
}

/// Hidden as yet; its size in points unless it is the size that a window had before.
GLFWwindow* make_window(const std::string& title, int width, int height, bool points) {
  glfwDefaultWindowHints();
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, points && monitor_has_density() ? GLFW_TRUE : GLFW_FALSE);
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  name_application();
  return glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
}

Area free_area(GLFWmonitor* monitor) {
  Area area;
  glfwGetMonitorWorkarea(monitor, &area.x, &area.y, &area.width, &area.height);
  return area;
}

std::vector<Area> free_areas() {
  int count = 0;
  GLFWmonitor** monitors = glfwGetMonitors(&count);
  std::vector<Area> areas;
  for (int i = 0; i < count; ++i) areas.push_back(free_area(monitors[i]));
  return areas;
}

/// No larger than what the desktop leaves free, with the frame that it draws around windows.
void fit_on_screen(GLFWwindow* window) {
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  if (monitor == nullptr) return;
  const Area area = free_area(monitor);
  int width = 0, height = 0, left = 0, top = 0, right = 0, bottom = 0;
  glfwGetWindowSize(window, &width, &height);
  glfwGetWindowFrameSize(window, &left, &top, &right, &bottom);
  const int across = area.width - left - right, down = area.height - top - bottom;
  if (across <= 0 || down <= 0 || (width <= across && height <= down)) return;
  glfwSetWindowSize(window, std::min(width, across), std::min(height, down));
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
  Keyboard keyboard{{.key =
                         [this](ui::Key key, bool down, ui::Mods mods) {
                           if (events.key) events.key(key, down, mods);
                         },
                     .character =
                         [this](char32_t character) {
                           if (events.character) events.character(character);
                         }}};
  std::array<GLFWcursor*, 7> pointers{};
  ui::Pointer pointer = ui::Pointer::arrow;
  WindowPlace place;   // while it is neither maximised nor in full screen
  WindowPlace before;  // the last change
  Clock::time_point changed;
  bool fullscreen = false;

  static Parts& parts_of(GLFWwindow* window) {
    return *static_cast<Parts*>(glfwGetWindowUserPointer(window));
  }
  /// Alt pressed and let go by itself leads to the menus, as F10 does.
  bool alt_alone = false;
  void alt(bool is_alt, bool released) {
    if (is_alt && released && alt_alone && events.key) {
      events.key(ui::Key::f10, true, {});
      events.key(ui::Key::f10, false, {});
    }
    alt_alone = is_alt && !released;
  }

  /// What happens other than by the keyboard: the key before it has acted by then.
  static Events& of(GLFWwindow* window) {
    parts_of(window).keyboard.settle();
    return parts_of(window).events;
  }
  void listen();
  void moved();
  void maximised(bool on);
};

bool Window::available() {
  return display_named() && glfwInit() == GLFW_TRUE;
}

Window::Window(const std::string& title, int width, int height, std::optional<WindowPlace> last)
    : parts_(std::make_unique<Parts>()) {
  start_glfw();
  if (last) width = last->width, height = last->height;
  parts_->window = make_window(title, width, height, !last);
  if (parts_->window == nullptr) {
    const std::string reason = last_error(), found = version_found();
    glfwTerminate();
    fail(
        "the window needs OpenGL 3.3, and {} has {} ({}); install the driver of its graphics card, or "
        "Mesa's; {}",
        display_name(), found, reason, kWithoutWindow);
  }
  set_icon(parts_->window);
  glfwMakeContextCurrent(parts_->window);
  try {
    parts_->gl = gl::load_functions([](const char* name) { return glfwGetProcAddress(name); });
  } catch (...) {
    glfwDestroyWindow(parts_->window);
    glfwTerminate();
    throw;
  }
  glfwSwapInterval(1);
  const auto place = last ? on_a_monitor(*last, free_areas()) : std::nullopt;
  if (place) {
    glfwSetWindowSize(parts_->window, place->width, place->height);
    glfwSetWindowPos(parts_->window, place->x, place->y);
  } else {
    fit_on_screen(parts_->window);
  }
  if (last && last->maximised) glfwMaximizeWindow(parts_->window);
  glfwShowWindow(parts_->window);
  if (place) {
    parts_->place = *place;
  } else {
    parts_->moved();
  }
  parts_->place.maximised = last && last->maximised;
  parts_->listen();
}

WindowPlace Window::place() const {
  return parts_->place;
}

Window::~Window() {
  for (GLFWcursor* pointer : parts_->pointers)
    if (pointer != nullptr) glfwDestroyCursor(pointer);
  glfwDestroyWindow(parts_->window);
  glfwTerminate();
}

void Window::Parts::moved() {
  // A desktop may say that it maximised a window after it moved it.
  if (fullscreen || glfwGetWindowAttrib(window, GLFW_MAXIMIZED) == GLFW_TRUE ||
      glfwGetWindowAttrib(window, GLFW_ICONIFIED) == GLFW_TRUE)
    return;
  if (seconds_since(changed) > kOneChange) before = place;
  changed = Clock::now();
  glfwGetWindowPos(window, &place.x, &place.y);
  glfwGetWindowSize(window, &place.width, &place.height);
}

void Window::Parts::maximised(bool on) {
  if (fullscreen) return;
  if (on && !place.maximised && seconds_since(changed) < kOneChange && before.width > 0) place = before;
  place.maximised = on;
}

// GLFW reports places in the desktop's units; everything of ours is in pixels.
void Window::Parts::listen() {
  glfwSetWindowUserPointer(window, this);
  glfwSetInputMode(window, GLFW_LOCK_KEY_MODS, GLFW_TRUE);  // whether the keypad prints digits
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
    parts_of(w).alt_alone = false;
    if (of(w).mouse_button) of(w).mouse_button(button, action == GLFW_PRESS, mods_of(mods));
  });
  glfwSetScrollCallback(window, [](GLFWwindow* w, double dx, double dy) {
    if (of(w).wheel) of(w).wheel(static_cast<float>(dx), static_cast<float>(dy), mods_held(w));
  });
  glfwSetKeyCallback(window, [](GLFWwindow* w, int key, int scancode, int action, int mods) {
    Keyboard& keys = parts_of(w).keyboard;
    parts_of(w).alt(key == GLFW_KEY_LEFT_ALT, action == GLFW_RELEASE);
    if (action == GLFW_RELEASE)
      keys.release(scancode, mods_of(mods));
    else
      keys.press(stroke_of(w, key, scancode, mods));
  });
  glfwSetCharCallback(window,
                      [](GLFWwindow* w, unsigned character) { parts_of(w).keyboard.character(character); });
  glfwSetWindowFocusCallback(window, [](GLFWwindow* w, int focused) {
    if (of(w).focus) of(w).focus(focused == GLFW_TRUE);
  });
  glfwSetDropCallback(window, [](GLFWwindow* w, int count, const char** paths) {
    if (of(w).drop) of(w).drop(std::vector<std::string>(paths, paths + count));
  });
  glfwSetWindowRefreshCallback(window, [](GLFWwindow* w) {
    if (of(w).refresh) of(w).refresh();
  });
  glfwSetWindowPosCallback(window, [](GLFWwindow* w, int, int) { parts_of(w).moved(); });
  glfwSetWindowSizeCallback(window, [](GLFWwindow* w, int, int) { parts_of(w).moved(); });
  glfwSetWindowMaximizeCallback(window,
                                [](GLFWwindow* w, int on) { parts_of(w).maximised(on == GLFW_TRUE); });
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
  if (!is_density(x)) return 1;
  // The screen keeps room for what cannot be left out.
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  const Area area = monitor != nullptr ? free_area(monitor) : Area();
  const float most = std::min(static_cast<float>(area.width) / 560, static_cast<float>(area.height) / 360);
  return most > 1 ? std::min(x, most) : x;
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
  const WindowPlace& place = parts_->place;
  if (!on) {
    parts_->fullscreen = false;
    glfwSetWindowMonitor(parts_->window, nullptr, place.x, place.y, place.width, place.height,
                         GLFW_DONT_CARE);
    if (place.maximised) glfwMaximizeWindow(parts_->window);
    return;
  }
  GLFWmonitor* monitor = monitor_of(parts_->window);
  const GLFWvidmode* mode = monitor != nullptr ? glfwGetVideoMode(monitor) : nullptr;
  if (mode == nullptr) return;
  parts_->fullscreen = true;
  glfwSetWindowMonitor(parts_->window, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
}

bool Window::digits_need_shift() const {
  return platform::digits_need_shift();
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
  parts_->keyboard.settle();
}
void Window::wait_events(double seconds) {
  if (seconds <= 0)
    glfwPollEvents();
  else
    glfwWaitEventsTimeout(std::min(seconds, 3600.0));
  parts_->keyboard.settle();
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
