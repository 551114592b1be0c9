#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/experiment/experiment.h"

namespace gatescope::experiment {

/// The file that a task names: beside the file that names it, else seen from the working folder; from the
/// root, so that it means the same from everywhere. None where there is no such file.
std::optional<std::filesystem::path> file_of(const TaskSpec& task, const std::string& path);

/// A file's name, for people.
std::string name_of_file(const std::string& path);

}  // namespace gatescope::experiment
