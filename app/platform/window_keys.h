#pragma once

#include "app/kit/keys.h"
#include "app/platform/keyboard.h"

struct GLFWwindow;

namespace gatescope::platform {

/// What GLFW reports of a key, with what the user's layout has on it now.
Stroke stroke_of(GLFWwindow* window, int key, int scancode, int mods);
/// The layout prints digits on the upper row only with Shift.
bool digits_need_shift();

ui::Mods mods_of(int mods);
/// Those that are down now.
ui::Mods mods_held(GLFWwindow* window);

}  // namespace gatescope::platform
