#include "app/platform/window_keys.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <array>
#include <cstddef>
#include <string>

#include "core/utf8.h"

namespace gatescope::platform {

namespace {

using ui::Key;

// GLFW names keys by their place on an American keyboard.
#ifdef __APPLE__
constexpr int kCommand = GLFW_MOD_SUPER, kOther = GLFW_MOD_CONTROL;
constexpr bool kKeypadLocked = true;  // it has no other use
#else
constexpr int kCommand = GLFW_MOD_CONTROL, kOther = GLFW_MOD_SUPER;
constexpr bool kKeypadLocked = false;
#endif

Key offset(Key first, int by) {
  return static_cast<Key>(static_cast<int>(first) + by);
}

/// What the layout has on a key without modifiers; 0 where nothing.
char32_t printed_on(int key, int scancode = 0) {
  const char* name = glfwGetKeyName(key, scancode);
  if (name == nullptr || *name == '\0') return 0;
  const std::u32string text = decode_utf8(name, InvalidUtf8::replace, "a key's name");
  return text.size() == 1 ? text[0] : 0;
}

bool latin_letter(char32_t c) {
  return c >= U'a' && c <= U'z';
}

bool layout_is_latin() {
  int count = 0;
  for (int key = GLFW_KEY_A; key <= GLFW_KEY_Z; ++key) count += latin_letter(printed_on(key)) ? 1 : 0;
  return count >= 10;
}

Key place_of(int key) {
  if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) return offset(Key::a, key - GLFW_KEY_A);
  if (key >= GLFW_KEY_0 && key <= GLFW_KEY_9) return offset(Key::digit_0, key - GLFW_KEY_0);
  return Key::none;
}

/// The keypad's digits, and its point, while it is locked to digits or is not.
Key keypad(int key, bool locked) {
  constexpr std::array<Key, 11> moves{Key::insert, Key::end,  Key::down, Key::page_down, Key::left, Key::none,
                                      Key::right,  Key::home, Key::up,   Key::page_up,   Key::del};
  if (!locked) return moves[key - GLFW_KEY_KP_0];
  return key <= GLFW_KEY_KP_9 ? offset(Key::digit_0, key - GLFW_KEY_KP_0) : Key::none;
}

Key function_of(int key, int mods) {
  if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12) return offset(Key::f1, key - GLFW_KEY_F1);
  if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_DECIMAL)
    return keypad(key, kKeypadLocked || ((mods & GLFW_MOD_NUM_LOCK) != 0 && (mods & GLFW_MOD_SHIFT) == 0));
  switch (key) {
    case GLFW_KEY_LEFT:
      return Key::left;
    case GLFW_KEY_RIGHT:
      return Key::right;
    case GLFW_KEY_UP:
      return Key::up;
    case GLFW_KEY_DOWN:
      return Key::down;
    case GLFW_KEY_HOME:
      return Key::home;
    case GLFW_KEY_END:
      return Key::end;
    case GLFW_KEY_PAGE_UP:
      return Key::page_up;
    case GLFW_KEY_PAGE_DOWN:
      return Key::page_down;
    case GLFW_KEY_ESCAPE:
      return Key::escape;
    case GLFW_KEY_ENTER:
    case GLFW_KEY_KP_ENTER:
      return Key::enter;
    case GLFW_KEY_TAB:
      return Key::tab;
    case GLFW_KEY_BACKSPACE:
      return Key::backspace;
    case GLFW_KEY_INSERT:
      return Key::insert;
    case GLFW_KEY_DELETE:
      return Key::del;
    case GLFW_KEY_SPACE:
      return Key::space;
    default:
      return Key::none;
  }
}

bool prints(int key) {
  return key == GLFW_KEY_UNKNOWN || (key >= GLFW_KEY_SPACE && key <= GLFW_KEY_WORLD_2) ||
         (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_EQUAL && key != GLFW_KEY_KP_ENTER);
}

}  // namespace

Stroke stroke_of(GLFWwindow* window, int key, int scancode, int mods) {
  Stroke stroke{.scancode = scancode,
                .function = function_of(key, mods),
                .place = place_of(key),
                .prints = prints(key),
                .printed = 0,
                .latin = true,
                .altgr = false,
                .mods = mods_of(mods)};
  if (!stroke.prints) return stroke;
  stroke.printed = printed_on(key, scancode);
  stroke.latin = layout_is_latin();
  // Where the right Alt key is AltGr it is no Alt (X11, Wayland), or it comes with Ctrl (Windows).
  const bool right_alt = glfwGetKey(window, GLFW_KEY_RIGHT_ALT) == GLFW_PRESS;
#ifdef _WIN32
  constexpr int ctrl_alt = GLFW_MOD_CONTROL | GLFW_MOD_ALT;
  stroke.altgr = right_alt && (mods & ctrl_alt) == ctrl_alt;
#else
  stroke.altgr = right_alt && (mods & GLFW_MOD_ALT) == 0;
#endif
  if (stroke.altgr) stroke.mods.ctrl = stroke.mods.alt = false;
  return stroke;
}

bool digits_need_shift() {
  for (int key = GLFW_KEY_1; key <= GLFW_KEY_9; ++key) {
    const Key own = key_of_character(printed_on(key));
    if (own >= Key::digit_0 && own <= Key::digit_9) return false;
  }
  return true;
}

ui::Mods mods_of(int mods) {
  // A modifier of the desktop's own makes a press mean nothing here, as Alt does.
  return {(mods & kCommand) != 0, (mods & GLFW_MOD_SHIFT) != 0, (mods & (GLFW_MOD_ALT | kOther)) != 0};
}

ui::Mods mods_held(GLFWwindow* window) {
  const auto down = [&](int left, int right) {
    return glfwGetKey(window, left) == GLFW_PRESS || glfwGetKey(window, right) == GLFW_PRESS;
  };
  return {down(GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL),
          down(GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT), down(GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT)};
}

}  // namespace gatescope::platform
