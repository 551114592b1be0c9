#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/files.h"

namespace gatescope::app {

/// Puts a program of that name before all others for as long as it lives; an empty script: there is none.
class FakeFfmpeg {
 public:
  explicit FakeFfmpeg(const std::filesystem::path& folder, const std::string& script)
      : old_(std::getenv("PATH")) {
    std::filesystem::create_directories(folder);
    if (!script.empty()) {
      write_file(folder / "ffmpeg", "#!/bin/bash\n" + script);
      std::filesystem::permissions(folder / "ffmpeg", std::filesystem::perms::owner_all);
    }
    setenv("PATH", (script.empty() ? folder.string() : folder.string() + ":" + old_).c_str(), 1);
  }
  ~FakeFfmpeg() { setenv("PATH", old_.c_str(), 1); }

 private:
  std::string old_;
};

}  // namespace gatescope::app
