#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/experiment/experiment.h"

namespace gatescope::experiment {

/// The whole path of the file that a task names: beside the file that names it, else seen from the working
/// folder. None where there is no such file.
std::optional<std::string> file_of(const TaskSpec& task, const std::string& path);

/// From the root, its folder without links and "..", so that it means the same from everywhere; in the file
/// system's bytes.
std::string whole_path(const std::filesystem::path& path);

/// A file's name, for people.
std::string name_of_file(const std::string& path);

}  // namespace gatescope::experiment
