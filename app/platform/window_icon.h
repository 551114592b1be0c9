#pragma once

#include <string_view>

struct GLFWwindow;

namespace gatescope::platform {

/// A PNG that is compiled into the program, by its file's name in assets/icon/; empty where there is none.
std::string_view icon_file(std::string_view name);

/// For the next window: the name by which the desktop knows which program it is of, that of its .desktop
/// file.
void name_application();

/// What the desktop shows for the window, in several sizes.
void set_icon(GLFWwindow* window);

}  // namespace gatescope::platform
