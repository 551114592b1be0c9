#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gatescope::ui {
struct OpenOptions;
}

namespace gatescope::platform {

/// The program with its window, until that is closed or a signal ends it; opens the paths, else the last
/// session, else the default preset. Returns the exit code: 1 where the session could not be kept and nobody
/// could be asked. It speaks the language, a code; empty: the session's, else that of the environment. Throws
/// Error where there is no display or no OpenGL 3.3. Into the file `items`, where there is a name, it writes
/// what can be pressed and read, and where, some ten times a second.
int show_window(const std::vector<std::filesystem::path>& paths, const std::string& program,
                const std::filesystem::path& items, const ui::OpenOptions& options,
                const std::string& language);

}  // namespace gatescope::platform
