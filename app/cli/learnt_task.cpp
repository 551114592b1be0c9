#include "app/cli/learnt_task.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/cli/cli.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/experiment/learnt_file.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/task/pairs.h"
#include "core/train/evaluation.h"

namespace gatescope::app {
namespace {

/// What a model knows of a file of one's own: what it kept of the one that it learnt, else its characters.
/// None where it reads other things: opening the task tells.
std::optional<experiment::LearntFile> known_of(const checkpoint::ModelFile& file,
                                               const experiment::TaskSpec& was,
                                               const experiment::TaskSpec& now) {
  const bool same = was.kind == now.kind, of_pairs = experiment::kind_of(now).of_pairs;
  if (same && was.learnt_file) return was.learnt_file;
  const std::vector<std::string> signs =
      experiment::single_characters(encode_utf8(of_pairs ? task::kPairSigns : std::u32string_view()));
  std::vector<std::string> characters = file.vocabulary;
  if (file.interface.pairs != of_pairs || characters.size() <= signs.size() ||
      !std::equal(signs.begin(), signs.end(), characters.begin()))
    return std::nullopt;
  characters.erase(characters.begin(), characters.begin() + std::ssize(signs));
  return experiment::known_by_characters(same ? of_pairs ? was.pair_file : was.lines : "", characters);
}

}  // namespace

LearntTask open_learnt_task(const checkpoint::ModelFile& file, const std::string& model,
                            const TaskOptions& options, const std::vector<CLI::Option*>& of_task,
                            InvalidUtf8 on_invalid) {
  LearntTask learnt;
  experiment::Experiment& e = learnt.experiment;
  if (file.experiment.is_object())
    e = experiment::from_json(file.experiment, model);
  else if (!options.task && !options.series && !options.lines && !options.pair_file)
    usage("'{}' does not say what it learnt: --task KEY does", model);
  e.models = {file.spec};
  e.force.clear();  // of its training; --force says what holds here
  const experiment::TaskSpec was = e.task;
  options.choose_task(e);
  if (e.task.learnt_series && options.scaling && e.task.scaling != was.scaling)
    usage("--scaling {}: '{}' has learnt to read another one", *options.scaling, model);
  if (e.task.kind == experiment::kLinesTask || e.task.kind == experiment::kPairsTask) {
    e.task.learnt_file = known_of(file, was, e.task);
    if (on_invalid == InvalidUtf8::replace) e.task.replace_invalid = true;
  }
  e = checked(e, of_task);
  e.task.has_learnt = true;
  e.task.beside = std::filesystem::absolute(model).parent_path().native();
  const auto opened = experiment::open_task(e, corpora_folder(), std::nullopt);
  learnt.task = opened.task;
  learnt.whole = opened.whole;
  for (const std::string& what : opened.notes) note("gatescope: {}\n", what);
  train::check_fits(file.interface, *learnt.task);
  if (learnt.task->vocabulary() != file.vocabulary)
    fail("'{}' reads other characters than {} has", model, experiment::kind_of(e.task).source(e.task));
  check_experiment(e, learnt.task->interface());  // above all the memory that it would take
  return learnt;
}

}  // namespace gatescope::app
