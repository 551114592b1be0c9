#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/experiment_options.h"
#include "core/checkpoint/model_file.h"
#include "core/task/task.h"
#include "core/utf8.h"

namespace gatescope::app {

struct LearntTask {
  experiment::Experiment experiment;
  std::shared_ptr<const task::Task> task;
  bool whole =
      false;  // it is not what the model learnt: all of it is measured, not a share that was held out
};

/// The task that a model learnt, or another one that options name, as an experiment of that model alone and
/// without rules; what was assumed of its data is told as notes. A file of one's own is read with the model's
/// characters and labels; what of it is not UTF-8 is replaced where `on_invalid` says so. Throws UsageError
/// where nobody says the task, or it would take too much memory; Error where the model reads or tells
/// something else.
LearntTask open_learnt_task(const checkpoint::ModelFile& file, const std::string& model,
                            const TaskOptions& options, const std::vector<CLI::Option*>& of_task,
                            InvalidUtf8 on_invalid);

}  // namespace gatescope::app
