#include "app/platform/paths.h"

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

}  // namespace gatescope::app
