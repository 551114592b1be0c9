#pragma once

#include "app/ui/keys.h"

struct GLFWwindow;

namespace gatescope::platform {

/// GLFW's key as the user's layout has it; none for keys we do not know.
ui::Key key_of(int key, int scancode);
ui::Mods mods_of(int mods);
/// Those that are down now.
ui::Mods mods_held(GLFWwindow* window);

}  // namespace gatescope::platform
