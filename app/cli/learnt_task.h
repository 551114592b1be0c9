#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/experiment_options.h"
#include "core/checkpoint/model_file.h"
#include "core/task/task.h"

namespace gatescope::app {

struct LearntTask {
  experiment::Experiment experiment;
  std::shared_ptr<const task::Task> task;
};

/// The task that a model learnt, or another one that options name, as an experiment of that model alone and
/// without rules; what was assumed of its data is told as notes. Throws UsageError where nobody says the
/// task, or it would take too much memory; Error where the model reads or tells something else.
LearntTask open_learnt_task(const checkpoint::ModelFile& file, const std::string& model,
                            const TaskOptions& options, const std::vector<CLI::Option*>& of_task);

}  // namespace gatescope::app
