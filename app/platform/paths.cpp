#include "app/platform/paths.h"

#include <cstdlib>
#include <system_error>

#include "app/language/phrases.h"
#if defined(_WIN32)
#include <windows.h>

#include <string>
#elif defined(__APPLE__)
#include <mach-o/dyld.h>

#include <cstdint>
#include <string>
#endif

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

/// A folder that comes with the program: where it is installed, else beside the program.
fs::path data_folder(const fs::path& name) {
  std::error_code code;
  const fs::path here = program_file().parent_path();
  const fs::path installed = (here / GATESCOPE_DATA_FROM_PROGRAM / name).lexically_normal();
  if (const fs::path beside = here / name;
      !fs::is_directory(installed, code) && fs::is_directory(beside, code))
    return beside;
  return installed;
}

}  // namespace

fs::path program_file() {
#if defined(_WIN32)
  std::wstring path(32768, L'\0');
  path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path;
#elif defined(__APPLE__)
  std::uint32_t size = 0;
  _NSGetExecutablePath(nullptr, &size);
  std::string path(size, '\0');
  if (_NSGetExecutablePath(path.data(), &size) != 0) return {};
  std::error_code code;
  return fs::canonical(path.c_str(), code);
#else
  std::error_code code;
  return fs::read_symlink("/proc/self/exe", code);
#endif
}

fs::path corpora_folder() {
  return data_folder("assets") / "corpora";
}
fs::path languages_folder() {
  return data_folder("assets") / "languages";
}
fs::path presets_folder() {
  return data_folder("presets");
}

std::string usual_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* locale = std::getenv(name); locale && *locale)
      return language::language_of_locale(locale);
  return {};
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
