#include "app/cli/learnt_task.h"

#include <filesystem>

#include "app/cli/cli.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/train/evaluation.h"

namespace gatescope::app {

LearntTask open_learnt_task(const checkpoint::ModelFile& file, const std::string& model,
                            const TaskOptions& options, const std::vector<CLI::Option*>& of_task) {
  LearntTask learnt;
  experiment::Experiment& e = learnt.experiment;
  if (file.experiment.is_object())
    e = experiment::from_json(file.experiment, model);
  else if (!options.task && !options.series && !options.lines && !options.pair_file)
    usage("'{}' does not say what it learnt: --task KEY does", model);
  e.models = {file.spec};
  e.force.clear();  // of its training; --force says what holds here
  const series::Scaling scaling = e.task.scaling;
  options.choose_task(e);
  if (e.task.learnt_series && options.scaling && e.task.scaling != scaling)
    usage("--scaling {}: '{}' has learnt to read another one", *options.scaling, model);
  e = checked(e, of_task);
  e.task.has_learnt = true;
  e.task.beside = std::filesystem::absolute(model).parent_path().native();
  const auto opened = experiment::open_task(e, corpora_folder(), std::nullopt);
  learnt.task = opened.task;
  for (const std::string& what : opened.notes) note("gatescope: {}\n", what);
  train::check_fits(file.interface, *learnt.task);
  if (learnt.task->vocabulary() != file.vocabulary)
    fail("'{}' reads other characters than {} has", model, experiment::kind_of(e.task).source(e.task));
  check_experiment(e, learnt.task->interface());  // above all the memory that it would take
  return learnt;
}

}  // namespace gatescope::app
