#include "core/experiment/task_file.h"

#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::experiment {
namespace fs = std::filesystem;

std::string whole_path(const fs::path& path) {
  std::error_code code;
  const fs::path absolute = fs::absolute(path, code), folder = fs::canonical(absolute.parent_path(), code);
  return (code ? absolute : folder / absolute.filename()).native();
}

std::optional<std::string> file_of(const TaskSpec& task, const std::string& path) {
  std::error_code code;
  const fs::path named(path), beside = fs::path(task.beside) / named;
  if (named.is_relative() && !task.beside.empty() && fs::exists(beside, code)) return whole_path(beside);
  if (!path.empty() && fs::exists(named, code)) return whole_path(named);
  return std::nullopt;
}

TaskFile read_task_file(const TaskSpec& task, const std::string& path, std::string_view holds) {
  constexpr std::uintmax_t largest = std::uintmax_t{1} << 27;  // bytes
  if (path.empty()) fail("the task has no file, expected one with {}", holds);
  const auto found = file_of(task, path);
  if (!found) fail("there is no file {}, expected one with {}", in_quotes(path), holds);
  return {*found, read_file(*found, largest)};
}

std::string name_of_file(const std::string& path) {
  return printable(fs::path(path).filename().native());
}

}  // namespace gatescope::experiment
