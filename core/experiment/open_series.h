#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/experiment/experiment.h"
#include "core/experiment/text.h"

namespace gatescope::experiment {

/// Chooses a series that comes with the program, or the CSV at a path, with all its columns.
void set_series(TaskSpec& task, const std::string& series);

/// Makes window and horizon, where these have too many rows for a series of so many, as long as it allows.
void fit_window(TaskSpec& task, Index rows);

/// What a series is called: its title, or its file's name.
std::string label_of_series(const TaskSpec& task);

/// As open_task. A path is looked for as file_of() does; from then on the experiment has it from the root.
/// Throws Error, also for a model that reads in both directions: it would see what it is to tell.
OpenTask open_series(Experiment& experiment, const std::filesystem::path& corpora,
                     const std::optional<std::string>& piped);

}  // namespace gatescope::experiment
