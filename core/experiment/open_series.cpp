#include "core/experiment/open_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/capitalised.h"
#include "core/error.h"
#include "core/experiment/task_file.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/series/csv.h"
#include "core/series/known.h"
#include "core/series/windows.h"
#include "core/sha256.h"
#include "core/task/forecasting.h"

namespace gatescope::experiment {
namespace fs = std::filesystem;
namespace {

/// Throws Error that lists the series there are.
std::string place_of(const TaskSpec& task) {
  if (const auto path = file_of(task, task.series)) return *path;
  std::string keys;
  for (const series::KnownSeries& known : series::known_series())
    keys += (keys.empty() ? "" : ", ") + std::string(known.key);
  fail("there is no series {}: no such file, and none of {}", in_quotes(task.series), keys);
}

/// What a model that has learnt goes on with, where this is its series, though perhaps with other rows by
/// now.
std::optional<series::Fitted> fitted_before(const TaskSpec& task, const std::string& data,
                                            const series::Series& series, std::vector<std::string>& notes) {
  const std::optional<LearntSeries>& learnt = task.learnt_series;
  if (!task.has_learnt || !learnt || (learnt->data != data && learnt->series != task.series))
    return std::nullopt;
  if (std::ssize(learnt->fitted.means) != series.width()) return std::nullopt;
  if (learnt->data != data)
    notes.push_back(
        fmt::format("{}: it is not as it was when it was learnt; its first {} rows count as learnt, and "
                    "numbers are scaled as then",
                    series.title, learnt->fitted.split));
  return learnt->fitted;
}

}  // namespace

void set_series(TaskSpec& task, const std::string& series) {
  task.kind = kSeriesTask;
  task.series = series;
  task.columns.clear();
  task.given.clear();
}

void fit_window(TaskSpec& task, Index rows) {
  const auto learnt = static_cast<Index>((1 - task.held_out_rows) * static_cast<double>(rows)) - 2;
  task.horizon = std::clamp<Index>(learnt / 5, 1, task.horizon);
  task.window = std::clamp<Index>(learnt - 2 * task.horizon, 1, task.window);
}

std::string label_of_series(const TaskSpec& task) {
  const series::KnownSeries* known = series::find_known_series(task.series);
  return known ? capitalised(std::string(known->title)) : name_of_file(task.series);
}

OpenTask open_series(Experiment& experiment, const fs::path&, const std::optional<std::string>&) {
  TaskSpec& spec = experiment.task;
  for (const nn::ModelSpec& model : experiment.models)
    if (model.bidirectional)
      fail(
          "a model that reads in both directions would see the rows that it is to forecast: choose one "
          "direction");
  OpenTask opened;
  series::Series series;
  std::string name;
  if (const series::KnownSeries* known = series::find_known_series(spec.series)) {
    series = known->make(experiment.seed);
    name = known->key;
    if (!spec.columns.empty() || !spec.given.empty())
      fail("the series {} has its own columns: only those of a file can be chosen", spec.series);
  } else {
    spec.series = place_of(spec);
    const std::string bytes = read_file(spec.series, series::kLargestCsv);
    series = series::parse_csv(bytes, spec.series, spec.columns, spec.given);
    // A model of an older version may have learnt a column that only counts the rows.
    if (spec.learnt_series && std::ssize(spec.learnt_series->fitted.means) > series.width())
      series = series::parse_csv(bytes, spec.series, spec.columns, spec.given, true);
    name = "SHA-256 " + sha256(bytes);
  }
  opened.notes = series.notes;
  const std::optional<series::Fitted> fitted = fitted_before(spec, name, series, opened.notes);
  auto windows = std::make_shared<const series::Windows>(
      std::move(series),
      series::Cut{spec.window, spec.horizon, spec.held_out_rows, spec.scaling, spec.season}, fitted);
  if (!spec.has_learnt) spec.learnt_series = LearntSeries{spec.series, name, windows->fitted()};
  opened.task = std::make_shared<const task::Forecasting>(
      task::Data{.batch = experiment.training.batch, .seed = experiment.seed}, std::move(name),
      std::move(windows));
  return opened;
}

}  // namespace gatescope::experiment
