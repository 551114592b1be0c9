#include "app/platform/web/downloads.h"

#include <emscripten/em_js.h>

#include <string>

#include "core/files.h"

namespace gatescope::platform {
namespace {

constexpr double kBetween = 0.5;  // seconds: of several at once a browser takes one

EM_JS(void, page_download, (const char* path, const char* name), {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([FS.readFile(UTF8ToString(path))]));
  link.download = UTF8ToString(name);
  link.click();
  setTimeout(() = > URL.revokeObjectURL(link.href), 60000);
});

}  // namespace

void Downloads::deliver() {
  if (seconds_since(last_) < kBetween) return;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, code)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file(code) || name.starts_with(kUnfinishedFile)) continue;
    const auto written = entry.last_write_time(code);
    const auto [known, fresh] = delivered_.try_emplace(entry.path());
    if (!fresh && known->second == written) continue;
    known->second = written;
    page_download(entry.path().c_str(), name.c_str());
    last_ = Clock::now();
    return;
  }
}

}  // namespace gatescope::platform
