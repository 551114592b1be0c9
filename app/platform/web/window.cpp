// The page's canvas as the window, by emscripten's HTML5 interface. What the browser tells comes between two
// frames.
#include "app/platform/window.h"

#include <emscripten/em_js.h>
#include <emscripten/html5.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <utility>

#include "app/platform/keyboard.h"
#include "core/error.h"
#include "core/utf8.h"

namespace gatescope::platform {
namespace {

constexpr const char* kCanvas = "#canvas";
constexpr double kPixelsANotch = 100, kLinesANotch = 3;

using ui::Key;

Key offset(Key first, int by) {
  return static_cast<Key>(static_cast<int>(first) + by);
}

/// The key without a character that a browser calls so.
Key function_key(std::string_view name) {
  constexpr std::pair<std::string_view, Key> names[] = {
      {"ArrowLeft", Key::left}, {"ArrowRight", Key::right},
      {"ArrowUp", Key::up},     {"ArrowDown", Key::down},
      {"Home", Key::home},      {"End", Key::end},
      {"PageUp", Key::page_up}, {"PageDown", Key::page_down},
      {"Escape", Key::escape},  {"Enter", Key::enter},
      {"Tab", Key::tab},        {"Backspace", Key::backspace},
      {"Insert", Key::insert},  {"Delete", Key::del}};
  for (const auto& [called, key] : names)
    if (called == name) return key;
  if (name.size() >= 2 && name[0] == 'F' && name[1] >= '1' && name[1] <= '9') {
    const int number = std::atoi(name.data() + 1);
    if (number <= 12) return offset(Key::f1, number - 1);
  }
  return Key::none;
}

/// The letter or digit at that place on an American keyboard.
Key place_of(std::string_view code) {
  if (code.size() == 4 && code.starts_with("Key")) return offset(Key::a, code[3] - 'A');
  if (code.size() == 6 && code.starts_with("Digit")) return offset(Key::digit_0, code[5] - '0');
  return Key::none;
}

/// The character that a press prints; 0 where none.
char32_t printed_by(const EmscriptenKeyboardEvent& event) {
  const std::u32string text = decode_utf8(event.key, InvalidUtf8::replace, "a key's name");
  return text.size() == 1 ? text[0] : 0;
}

ui::Mods mods_of(const EmscriptenKeyboardEvent& event) {
  return {event.ctrlKey || event.metaKey, static_cast<bool>(event.shiftKey), static_cast<bool>(event.altKey)};
}

ui::Mods mods_of(const EmscriptenMouseEvent& event) {
  return {event.ctrlKey || event.metaKey, static_cast<bool>(event.shiftKey), static_cast<bool>(event.altKey)};
}

Stroke stroke_of(const EmscriptenKeyboardEvent& event) {
  Stroke stroke{.scancode = static_cast<int>(std::hash<std::string_view>{}(event.code) & 0x7fffffff),
                .function = function_key(event.key),
                .place = place_of(event.code),
                .prints = false,
                .printed = printed_by(event),
                .latin = true,
                .altgr = false,
                .mods = mods_of(event)};
  stroke.prints = stroke.printed != 0;
  // What a letter prints without Shift; of other keys a browser does not tell it.
  if (stroke.printed >= U'A' && stroke.printed <= U'Z') stroke.printed += U'a' - U'A';
  stroke.latin = stroke.printed < 0x250;
  return stroke;
}

/// What the page must leave to the browser: reloading, its own tabs and tools, copying and pasting.
bool is_browsers(const EmscriptenKeyboardEvent& event) {
  const std::string_view key = event.key;
  if (key == "F5" || key == "F11" || key == "F12") return true;
  if (!event.ctrlKey && !event.metaKey) return false;
  constexpr std::string_view keys = "rtwnlcxvRTWNIJCXV";
  return key.size() == 1 && keys.find(key[0]) != keys.npos;
}

EM_JS(void, page_set_title, (const char* title), { document.title = UTF8ToString(title); });
EM_JS(void, page_set_pointer, (const char* name), { Module.canvas.style.cursor = UTF8ToString(name); });
EM_JS(void, page_copy, (const char* text), {
  const copied = UTF8ToString(text);
  if (navigator.clipboard) navigator.clipboard.writeText(copied).catch(() = > {});
});
EM_JS(int, page_is_fullscreen, (), { return document.fullscreenElement ? 1 : 0; });

}  // namespace

struct Window::Parts {
  EMSCRIPTEN_WEBGL_CONTEXT_HANDLE context = 0;
  gl::Context gl = {};
  Events events = {};
  std::string pasted = {};
  bool close = false, digits_need_shift = false;
  ui::Pointer pointer = ui::Pointer::arrow;
  Keyboard keyboard{{.key =
                         [this](Key key, bool down, ui::Mods mods) {
                           if (events.key) events.key(key, down, mods);
                         },
                     .character =
                         [this](char32_t character) {
                           if (events.character) events.character(character);
                         }}};

  static Parts& of(void* parts) { return *static_cast<Parts*>(parts); }
  static float pixels(double points) {
    return static_cast<float>(points * emscripten_get_device_pixel_ratio());
  }
  void listen();
  void fit();
};

/// The canvas as many pixels as the screen has under it.
void Window::Parts::fit() {
  double across = 0, down = 0;
  emscripten_get_element_css_size(kCanvas, &across, &down);
  const int width = std::max(1, static_cast<int>(std::lround(double(pixels(across)))));
  const int height = std::max(1, static_cast<int>(std::lround(double(pixels(down)))));
  int before_width = 0, before_height = 0;
  emscripten_get_canvas_element_size(kCanvas, &before_width, &before_height);
  if (width == before_width && height == before_height) return;
  emscripten_set_canvas_element_size(kCanvas, width, height);
  if (events.refresh) events.refresh();
}

bool Window::available() {
  return true;
}

Window::Window(const std::string& title, int, int, std::optional<WindowPlace>) : parts_(new Parts) {
  set_title(title);
  EmscriptenWebGLContextAttributes attributes;
  emscripten_webgl_init_context_attributes(&attributes);
  attributes.majorVersion = 2;
  attributes.alpha = attributes.depth = attributes.stencil = attributes.antialias = false;
  parts_->context = emscripten_webgl_create_context(kCanvas, &attributes);
  if (parts_->context <= 0) fail("this browser draws no WebGL 2, which the window needs");
  make_current();
  parts_->gl = gl::load_functions(
      [](const char* name) { return reinterpret_cast<void (*)()>(emscripten_webgl_get_proc_address(name)); });
  parts_->fit();
  parts_->listen();
}

Window::~Window() {
  emscripten_webgl_destroy_context(parts_->context);
}

// A browser reports places in points; everything of ours is in pixels.
void Window::Parts::listen() {
  const auto move = [](int, const EmscriptenMouseEvent* event, void* parts) {
    Parts& p = of(parts);
    p.keyboard.settle();
    if (p.events.mouse_move) p.events.mouse_move(pixels(event->targetX), pixels(event->targetY));
    return EM_BOOL{false};
  };
  const auto button = [](int type, const EmscriptenMouseEvent* event, void* parts) {
    Parts& p = of(parts);
    p.keyboard.settle();
    constexpr std::array<int, 3> buttons{0, 2, 1};  // a browser counts left, middle, right
    if (event->button < 3 && p.events.mouse_button)
      p.events.mouse_button(buttons[event->button], type == EMSCRIPTEN_EVENT_MOUSEDOWN, mods_of(*event));
    return EM_BOOL{false};
  };
  const auto key = [](int type, const EmscriptenKeyboardEvent* event, void* parts) {
    Parts& p = of(parts);
    const Stroke stroke = stroke_of(*event);
    if (type == EMSCRIPTEN_EVENT_KEYUP) {
      p.keyboard.release(stroke.scancode, stroke.mods);
      return EM_BOOL{false};
    }
    const bool browsers = is_browsers(*event);
    const std::string_view name = event->key;
    if (stroke.mods.ctrl && (name == "v" || name == "V")) return EM_BOOL{false};  // paste() tells it
    p.keyboard.press(stroke);
    if (stroke.prints && !stroke.mods.ctrl && !stroke.mods.alt) p.keyboard.character(printed_by(*event));
    return EM_BOOL{!browsers};
  };
  emscripten_set_mousemove_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, this, false, move);
  emscripten_set_mousedown_callback(kCanvas, this, false, button);
  emscripten_set_mouseup_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, this, false, button);
  emscripten_set_mouseleave_callback(kCanvas, this, false, [](int, const EmscriptenMouseEvent*, void* parts) {
    if (of(parts).events.mouse_leave) of(parts).events.mouse_leave();
    return EM_BOOL{false};
  });
  emscripten_set_wheel_callback(
      kCanvas, this, false, [](int, const EmscriptenWheelEvent* event, void* parts) {
        const double unit = event->deltaMode == DOM_DELTA_PIXEL ? kPixelsANotch : kLinesANotch;
        if (of(parts).events.wheel)
          of(parts).events.wheel(static_cast<float>(-event->deltaX / unit),
                                 static_cast<float>(-event->deltaY / unit), mods_of(event->mouse));
        return EM_BOOL{true};
      });
  emscripten_set_keydown_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, this, false, key);
  emscripten_set_keyup_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, this, false, key);
  const auto focus = [](int type, const EmscriptenFocusEvent*, void* parts) {
    if (of(parts).events.focus) of(parts).events.focus(type == EMSCRIPTEN_EVENT_FOCUS);
    return EM_BOOL{false};
  };
  emscripten_set_focus_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, this, false, focus);
  emscripten_set_blur_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, this, false, focus);
}

const gl::Context& Window::functions() const {
  return parts_->gl;
}
void Window::set_events(Events events) {
  parts_->events = std::move(events);
}

int Window::width() const {
  int width = 0, height = 0;
  emscripten_get_canvas_element_size(kCanvas, &width, &height);
  return width;
}
int Window::height() const {
  int width = 0, height = 0;
  emscripten_get_canvas_element_size(kCanvas, &width, &height);
  return height;
}
float Window::scale() const {
  return std::clamp(static_cast<float>(emscripten_get_device_pixel_ratio()), 0.5F, 8.0F);
}
bool Window::minimised() const {
  return false;  // a browser asks for no frames of a tab that nobody sees
}
WindowPlace Window::place() const {
  return {};
}
bool Window::should_close() const {
  return parts_->close;
}
void Window::set_should_close(bool close) {
  parts_->close = close;
}

void Window::set_title(const std::string& title) {
  page_set_title(title.c_str());
}
void Window::set_pointer(ui::Pointer pointer) {
  if (pointer == std::exchange(parts_->pointer, pointer)) return;
  constexpr std::array<const char*, 7> names{"default",   "text", "pointer",    "ew-resize",
                                             "ns-resize", "move", "not-allowed"};
  page_set_pointer(names[static_cast<std::size_t>(pointer)]);
}

bool Window::fullscreen() const {
  return page_is_fullscreen() != 0;
}
void Window::set_fullscreen(bool on) {
  if (on)
    emscripten_request_fullscreen("#page", true);
  else
    emscripten_exit_fullscreen();
}

bool Window::digits_need_shift() const {
  return false;  // a browser does not tell what the layout has on a key
}

std::string Window::clipboard() const {
  return parts_->pasted;
}
void Window::set_clipboard(const std::string& text) {
  parts_->pasted = text;
  page_copy(text.c_str());
}

void Window::make_current() const {
  emscripten_webgl_make_context_current(parts_->context);
}
void Window::swap() {}  // the browser shows what was drawn when the frame ends
void Window::set_vsync(bool) {}
void Window::poll_events() {
  parts_->keyboard.settle();
  parts_->fit();
}
void Window::wait_events(double) {
  poll_events();
}
void Window::wake() {}
void Window::on_lost_display(std::function<void()>) {}

}  // namespace gatescope::platform
