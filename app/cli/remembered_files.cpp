#include "app/cli/remembered_files.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "app/platform/paths.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMost = 2000;               // files remembered
constexpr std::uintmax_t kLongestPath = 1 << 14;  // bytes

fs::path folder() {
  const fs::path state = state_folder();
  return state.empty() ? fs::path() : state / "files-of-figures";
}

void remember(const figure::FileReference& file) {
  if (file.absolute.empty() || remembered_file(file.sha256) == file.absolute) return;
  write_file(folder() / file.sha256, path_to_text(file.absolute));
}

/// Forgets the oldest half where there are too many.
void forget_some() {
  std::vector<std::pair<fs::file_time_type, fs::path>> all;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder(), code)) {
    std::error_code ignored;
    all.emplace_back(entry.last_write_time(ignored), entry.path());
  }
  if (all.size() <= kMost) return;
  std::ranges::sort(all);
  for (std::size_t k = 0; k < all.size() / 2; ++k) fs::remove(all[k].second, code);
}

}  // namespace

void remember_files(const figure::FigureRequest& request) {
  if (folder().empty()) return;
  try {
    for (const figure::ModelReference& model : request.models) {
      remember(model.file);
      if (model.vocabulary) remember(*model.vocabulary);
      if (model.metrics) remember(*model.metrics);
    }
    forget_some();
  } catch (const std::exception&) {
    // A home that cannot be written is no reason to fail.
  }
}

std::optional<fs::path> remembered_file(const std::string& sha256) {
  const fs::path file = folder() / sha256;
  std::error_code code;
  if (folder().empty() || !fs::is_regular_file(file, code)) return std::nullopt;
  try {
    return path_from_text(read_file(file, kLongestPath));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace gatescope::app
