#include "app/platform/paths.h"

#include <cstdlib>
#include <system_error>

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

fs::path data_folder(const fs::path& name) {
  std::error_code code;
  const fs::path here = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const fs::path& folder : {here / name, here / "../share/gatescope" / name}) {
    if (!code && fs::is_directory(folder, code)) return folder.lexically_normal();
    code.clear();
  }
  return fs::path(GATESCOPE_SOURCE_DIR) / name;
}

}  // namespace

fs::path corpora_folder() {
  return data_folder("assets") / "corpora";
}
fs::path presets_folder() {
  return data_folder("presets");
}

fs::path state_folder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state)
    return fs::path(state) / "gatescope";
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".local/state/gatescope";
  return {};
}

fs::path exports_folder() {
  std::error_code code;
  return fs::current_path(code) / "figures";
}

}  // namespace gatescope::app
