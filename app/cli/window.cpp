#include "app/platform/window.h"

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/platform/window_loop.h"
#include "version.h"

namespace gatescope::app {

int open_window(const std::vector<std::string>& names, const std::string& items) {
  std::vector<std::filesystem::path> paths;
  std::error_code code;
  for (const std::string& name : names) {
    if (std::filesystem::exists(name, code)) {
      paths.emplace_back(name);
      continue;
    }
    try {
      paths.push_back(find_preset(name));
    } catch (const Error&) {
      usage(
          "'{}' is no subcommand, no preset, and no file that could be opened; gatescope --help says what "
          "would "
          "be right",
          name);
    }
  }
  if (!platform::Window::available()) {
    fail(
        "there is no display to show a window on. Without one: gatescope train, gatescope figure, or "
        "gatescope screenshot --out FILE.png");
  }
  return platform::show_window(paths, GATESCOPE_PROGRAM_NAME, items);
}

}  // namespace gatescope::app
