#include "core/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

namespace gatescope {
namespace fs = std::filesystem;
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

std::optional<double> number_in(const fs::path& path) {
  std::ifstream file(path);
  double number = 0;
  if (file >> number) return number;
  return std::nullopt;  // "max", or no such file
}

/// The number behind a word at the beginning of a line.
std::optional<double> number_after(const fs::path& path, const std::string& word) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first;
    double number = 0;
    if (words >> first >> number && first == word) return number;
  }
  return std::nullopt;
}

/// What one control group leaves: pages of files count as used there, but can be freed.
double left_by(const fs::path& group, const char* limit, const char* used, const char* of_files) {
  const auto most = number_in(group / limit), now = number_in(group / used);
  if (!most || !now) return kUnlimited;
  return std::max(0.0, *most - *now + number_after(group / "memory.stat", of_files).value_or(0));
}

double left_by_groups() {
  double left = kUnlimited;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string kinds = line.substr(first + 1, second - first - 1);
    const bool unified = kinds.empty();
    if (!unified && kinds.find("memory") == std::string::npos) continue;
    const fs::path root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    // A group is bound by those above it; inside a container only the upper ones are to be seen.
    for (fs::path at = fs::path(line.substr(second + 1)).relative_path();; at = at.parent_path()) {
      left = std::min(left, unified ? left_by(root / at, "memory.max", "memory.current", "inactive_file")
                                    : left_by(root / at, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                              "total_inactive_file"));
      if (at.empty()) break;
    }
  }
  return left;
}

}  // namespace

double available_memory() {
  double available = left_by_groups();
  if (const auto kilobytes = number_after("/proc/meminfo", "MemAvailable:"))
    available = std::min(available, *kilobytes * 1024);
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    const double used =
        number_in("/proc/self/statm").value_or(0) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    available = std::min(available, std::max(0.0, static_cast<double>(limit.rlim_cur) - used));
  }
  return available;
}

}  // namespace gatescope
