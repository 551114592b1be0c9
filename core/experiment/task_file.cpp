#include "core/experiment/task_file.h"

#include "core/in_quotes.h"

namespace gatescope::experiment {
namespace fs = std::filesystem;

std::optional<fs::path> file_of(const TaskSpec& task, const std::string& path) {
  std::error_code code;
  const fs::path named(path), beside = fs::path(task.beside) / named;
  if (named.is_relative() && !task.beside.empty() && fs::exists(beside, code))
    return fs::absolute(beside, code).lexically_normal();
  if (!path.empty() && fs::exists(named, code)) return fs::absolute(named, code).lexically_normal();
  return std::nullopt;
}

std::string name_of_file(const std::string& path) {
  return printable(fs::path(path).filename().native());
}

}  // namespace gatescope::experiment
