#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/experiment/experiment.h"
#include "core/experiment/text.h"

namespace gatescope::experiment {

/// Chooses a file of "label<TAB>text".
void set_lines(TaskSpec& task, const std::string& path);

/// As open_task; the path is looked for as file_of() does, and the experiment has it from the root from then
/// on.
OpenTask open_lines(Experiment& experiment, const std::filesystem::path& corpora,
                    const std::optional<std::string>& piped);

}  // namespace gatescope::experiment
