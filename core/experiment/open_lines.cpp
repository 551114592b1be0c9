#include "core/experiment/open_lines.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/error.h"
#include "core/experiment/learnt_file.h"
#include "core/experiment/task_file.h"
#include "core/experiment/task_kinds.h"
#include "core/task/labelled_lines.h"

namespace gatescope::experiment {

void set_lines(TaskSpec& task, const std::string& path) {
  task.kind = kLinesTask;
  task.lines = path;
}

OpenTask open_lines(Experiment& experiment, const std::filesystem::path&, const std::optional<std::string>&) {
  TaskSpec& spec = experiment.task;
  for (const nn::ModelSpec& model : experiment.models)
    if (model.bidirectional)
      fail(
          "a model that reads in both directions would read what stands behind shorter lines to fill them "
          "up: choose "
          "one direction");
  const auto [path, bytes] = read_task_file(spec, spec.lines, "a label, a tab and a text in each line");
  std::optional<task::KnownLabels> known;
  if (spec.has_learnt && spec.learnt_file)
    known.emplace(task::KnownLabels{.labels = spec.learnt_file->labels,
                                    .characters = single_characters(spec.learnt_file->characters),
                                    .longest = spec.learnt_file->longest});
  task::LabelledText text = task::parse_labelled_lines(bytes, path, spec.longest, spec.on_invalid(), known);
  spec.lines = path;
  OpenTask opened;
  if (known && known->labels.empty())
    opened.notes.push_back(fmt::format(
        "{}: the model does not keep the names of its labels; those of the file stand for them in "
        "their order",
        path));
  if (text.cut > 0)
    opened.notes.push_back(
        fmt::format("{}: {} longer than {} characters; of these the beginning is read", path,
                    text.cut == 1 ? "1 line is" : fmt::format("{} lines are", text.cut), spec.longest));
  const task::Split split = split_of(spec, path, text.digest, opened);
  const auto made = std::make_shared<const task::LabelledLines>(
      task::Data{.batch = experiment.training.batch, .seed = experiment.seed}, std::move(text), split);
  if (!spec.has_learnt)
    spec.learnt_file = LearntFile{.file = path,
                                  .data = made->text().digest,
                                  .bound = made->bound(),
                                  .characters = joined(made->text().characters),
                                  .labels = made->text().labels,
                                  .longest = spec.longest};
  opened.task = made;
  return opened;
}

}  // namespace gatescope::experiment
