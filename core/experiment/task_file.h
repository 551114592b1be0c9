#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/experiment/experiment.h"

namespace gatescope::experiment {

/// The whole path of the file that a task names: beside the file that names it, else seen from the working
/// folder. None where there is no such file.
std::optional<std::string> file_of(const TaskSpec& task, const std::string& path);

/// Its path, as file_of() has it, and its bytes. Throws Error that says what it should hold where there is no
/// such file.
struct TaskFile {
  std::string path, bytes;
};
TaskFile read_task_file(const TaskSpec& task, const std::string& path, std::string_view holds);

/// From the root, its folder without links and "..", so that it means the same from everywhere; in the file
/// system's bytes.
std::string whole_path(const std::filesystem::path& path);

/// A file's name, for people.
std::string name_of_file(const std::string& path);

}  // namespace gatescope::experiment
