#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>

#include "core/clock.h"

namespace gatescope::platform {

/// What is written into a folder of the page goes to the person as a download.
class Downloads {
 public:
  explicit Downloads(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Once a frame: hands over the next file that was written since.
  void deliver();

 private:
  std::filesystem::path folder_;
  std::map<std::filesystem::path, std::filesystem::file_time_type> delivered_;
  Clock::time_point last_;
};

}  // namespace gatescope::platform
