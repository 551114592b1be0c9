#include "app/platform/window_keys.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

namespace gatescope::platform {

namespace {

using ui::Key;

Key offset(Key first, int by) {
  return static_cast<Key>(static_cast<int>(first) + by);
}

}  // namespace

Key key_of(int key, int scancode) {
  // GLFW names letters by where they are on an American keyboard.
  if (key >= GLFW_KEY_SPACE && key <= GLFW_KEY_LAST && key < 256 && key != GLFW_KEY_SPACE) {
    const char* name = glfwGetKeyName(key, scancode);
    if (name != nullptr && name[1] == '\0' && name[0] >= 'a' && name[0] <= 'z')
      return offset(Key::a, name[0] - 'a');
  }
  if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) return offset(Key::a, key - GLFW_KEY_A);
  if (key >= GLFW_KEY_0 && key <= GLFW_KEY_9) return offset(Key::digit_0, key - GLFW_KEY_0);
  if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_9) return offset(Key::digit_0, key - GLFW_KEY_KP_0);
  if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12) return offset(Key::f1, key - GLFW_KEY_F1);
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
    case GLFW_KEY_SLASH:
      return Key::slash;
    case GLFW_KEY_COMMA:
      return Key::comma;
    case GLFW_KEY_PERIOD:
      return Key::period;
    default:
      return Key::none;
  }
}

ui::Mods mods_of(int mods) {
#ifdef __APPLE__
  constexpr int command = GLFW_MOD_SUPER;
#else
  constexpr int command = GLFW_MOD_CONTROL;
#endif
  return {(mods & command) != 0, (mods & GLFW_MOD_SHIFT) != 0, (mods & GLFW_MOD_ALT) != 0};
}

ui::Mods mods_held(GLFWwindow* window) {
  const auto down = [&](int left, int right) {
    return glfwGetKey(window, left) == GLFW_PRESS || glfwGetKey(window, right) == GLFW_PRESS;
  };
  return {down(GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL),
          down(GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT), down(GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT)};
}

}  // namespace gatescope::platform
