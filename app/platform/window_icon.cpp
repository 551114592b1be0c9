#include "app/platform/window_icon.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <array>
#include <vector>

#include "app/export/png.h"

namespace gatescope::platform {

void name_application() {
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "gatescope");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "gatescope");
#ifdef GLFW_WAYLAND_APP_ID
  glfwWindowHintString(GLFW_WAYLAND_APP_ID, "gatescope");
#endif
}

void set_icon(GLFWwindow* window) {
#ifdef GLFW_PLATFORM_WAYLAND
  if (glfwGetPlatform() == GLFW_PLATFORM_WAYLAND) return;  // takes it from the .desktop file
#endif
  std::array<app::Raster, 4> pictures;
  std::vector<GLFWimage> images;
  std::size_t next = 0;
  for (const char* name : {"16.png", "32.png", "48.png", "128.png"}) {
    app::Raster& picture = pictures[next++] = app::read_png(icon_file(name));
    images.push_back({picture.width, picture.height, picture.rgba.data()});
  }
  glfwSetWindowIcon(window, static_cast<int>(images.size()), images.data());
}

}  // namespace gatescope::platform
