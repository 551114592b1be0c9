#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gatescope::platform {

/// The program with its window, until that is closed; opens the paths, else the last session, else the
/// default preset. Throws Error where there is no display or no OpenGL 3.3.
int show_window(const std::vector<std::filesystem::path>& paths, const std::string& program);

}  // namespace gatescope::platform
