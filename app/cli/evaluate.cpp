#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/learnt_task.h"
#include "app/cli/model_options.h"
#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "core/analysis/forecasts.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"
#include "core/train/evaluation.h"
#include "core/train/loss_text.h"
#include "core/views/parts.h"

namespace gatescope::app {
namespace {

using nlohmann::json;

struct EvaluateOptions {
  ModelOptions model;
  TaskOptions task;
  std::vector<CLI::Option*> of_task;
  std::string json;
};

json or_null(const std::optional<double>& number) {
  return number ? json(*number) : json();
}

json in_json(const train::Evaluation& result, const task::Task& task,
             const experiment::Experiment& experiment, const std::string& model) {
  const task::Outcome& outcome = task.outcome();
  json positions = json::array();
  for (const train::Evaluation::Position& each : result.positions)
    positions.push_back({{"step", each.step},
                         {"scored", each.scored},
                         {"loss", each.loss * outcome.factor},
                         {"accuracy", or_null(each.accuracy)}});
  const std::optional<double> chance = task.chance();
  return {{"schema", 1},
          {"model", model},
          {"task", experiment::to_json(experiment.task)},
          {"unit", outcome.mean_score},
          {"loss", result.loss * outcome.factor},
          {"chance", chance ? json(*chance * outcome.factor) : json()},
          {"scored", result.scored},
          {"accuracy", or_null(result.accuracy)},
          {"sequences", result.sequences},
          {"exact_match", or_null(result.exact_match)},
          {"positions", positions}};
}

/// What is asked of pairs alone.
void add_pairs(const train::Evaluation& result, json& to) {
  if (!result.free_running) return;
  const train::FreeRunning& free = *result.free_running;
  json accuracies = json::array(), lengths = json::array();
  for (const std::optional<double>& accuracy : free.accuracies) accuracies.push_back(or_null(accuracy));
  for (const train::Evaluation::Length& of : result.lengths)
    lengths.push_back({{"source", of.source}, {"sequences", of.sequences}, {"exact_match", of.exact_match}});
  to["free_running"] = {
      {"exact_match", free.exact_match},          {"accuracy", free.accuracy},
      {"accuracies", std::move(accuracies)},      {"first_errors", free.first_errors},
      {"after_error", or_null(free.after_error)}, {"after_error_told", or_null(free.after_error_told)}};
  to["lengths"] = std::move(lengths);
}

void print_pairs(const train::Evaluation& result) {
  if (!result.free_running) return;
  const train::FreeRunning& free = *result.free_running;
  print("free running {:.4f} of them, where it reads its own answers\n", free.exact_match);
  Index errors = 0;
  for (const Index count : free.first_errors) errors += count;
  if (errors == 0) return;
  const auto most = std::ranges::max_element(free.first_errors);
  print("first error  {} of {} at step {} of the target\n", *most, errors, most - free.first_errors.begin());
  if (free.after_error)
    print("after it     {:.4f} right, {:.4f} with the truth before\n", *free.after_error,
          *free.after_error_told);
}

/// Null for what is no number.
json or_null(double number) {
  return std::isfinite(number) ? json(number) : json();
}

json in_json(const series::Errors& errors) {
  return {{"count", errors.count},
          {"mae", or_null(errors.mean_absolute)},
          {"rmse", or_null(errors.root_mean_square)},
          {"mase", or_null(errors.mean_scaled)}};
}

json in_json(const analysis::ForecastQuality& quality, const series::Windows& windows) {
  json columns = json::array();
  for (const analysis::ColumnQuality& column : quality.columns) {
    json methods = json::object(), bands = json::array();
    for (const auto& method : column.methods) {
      json errors = in_json(method.all);
      for (const series::Errors& ahead : method.ahead) errors["ahead"].push_back(in_json(ahead));
      methods[std::string(method.name)] = std::move(errors);
    }
    for (std::size_t h = 0; h < column.distance.size(); ++h)
      bands.push_back({{"distance", or_null(column.distance[h])},
                       {"inside", column.inside_ahead[h]},
                       {"counted", column.counted_ahead[h]}});
    columns.push_back({{"column", column.column},
                       {"methods", std::move(methods)},
                       {"skill", or_null(column.skill)},
                       {"best_lag", column.best_lag ? json(*column.best_lag) : json()},
                       {"band",
                        {{"meant", analysis::kCoverage},
                         {"inside", column.inside},
                         {"counted", column.counted},
                         {"ahead", std::move(bands)}}}});
  }
  return {{"series", windows.series().title},
          {"horizon", quality.horizon},
          {"origins", quality.origins},
          {"fitted_origins", quality.measured_with},
          {"columns", std::move(columns)}};
}

std::string shown(double number) {
  return std::isfinite(number) ? fmt::format("{:.4g}", number) : "-";
}

void print_forecasts(const analysis::ForecastQuality& quality, const series::Windows& windows) {
  print("\nForecasts of {}, {} ahead, from {}, {} to {}\n", windows.series().title,
        views::counted(quality.horizon, "row", "rows"),
        views::counted(std::ssize(quality.origins), "origin", "origins"),
        windows.series().time(quality.origins.front()), windows.series().time(quality.origins.back()));
  for (const analysis::ColumnQuality& column : quality.columns) {
    print("\n{:14} {:>10} {:>10} {:>10}\n", column.column, "MAE", "RMSE", "MASE");
    for (const auto& method : column.methods)
      print("{:14} {:>10} {:>10} {:>10}\n", method.name, shown(method.all.mean_absolute),
            shown(method.all.root_mean_square), shown(method.all.mean_scaled));
    if (std::isfinite(column.skill)) print("skill          {:+.1f} % against naive\n", 100 * column.skill);
    if (column.best_lag)
      print("best lag       {}{}\n", *column.best_lag,
            *column.best_lag == 1 ? ", one row ahead a copy of the last value" : "");
    if (column.counted > 0)
      print("{:.0f} % band      {:.1f} % of {} later values inside\n", 100 * analysis::kCoverage,
            100.0 * static_cast<double>(column.inside) / static_cast<double>(column.counted), column.counted);
    else
      print("{:.0f} % band      too few origins\n", 100 * analysis::kCoverage);
  }
}

int evaluate(const EvaluateOptions& options) {
  const checkpoint::ModelFile file = options.model.load();
  const LearntTask learnt =
      open_learnt_task(file, options.model.model, options.task, options.of_task, options.model.on_invalid());
  const experiment::Experiment& experiment = learnt.experiment;
  const task::Task& task = *learnt.task;
  nn::Network<float> network = checkpoint::make_network<float>(file);
  options.model.force_on(network);
  const Interrupt interrupt;
  Progress progress;
  const auto result = train::evaluate(network, task, [&](Index done, Index of) {
    progress.show(static_cast<double>(done) / static_cast<double>(of), "evaluating");
    return !interrupt.asked();
  });
  progress.clear();
  if (!result) fail("stopped; nothing was measured");
  const task::Outcome& outcome = task.outcome();
  print("loss         {} {} over {} {}\n", train::loss_text(result->loss * outcome.factor, 4),
        outcome.mean_score, result->scored, learnt.whole ? "steps of the whole file" : "held-out steps");
  if (const std::optional<double> chance = task.chance())
    print("{:12} {}\n", task.chance_name(), train::loss_text(*chance * outcome.factor, 4));
  if (result->accuracy) print("accuracy     {:.4f}\n", *result->accuracy);
  if (result->exact_match)
    print("exact match  {:.4f} of {}{} sequences\n", *result->exact_match,
          task.held_out_count() ? "all " : "", result->sequences);
  print_pairs(*result);
  json written = in_json(*result, task, experiment, options.model.model);
  written["whole"] = learnt.whole;
  add_pairs(*result, written);
  if (const auto windows = task.series()) {
    const analysis::ForecastQuality quality = analysis::forecast_quality(network, *windows);
    print_forecasts(quality, *windows);
    written["forecasts"] = in_json(quality, *windows);
  }
  if (!options.json.empty()) write_file(options.json, written.dump(1) + "\n");
  return 0;
}

}  // namespace

void add_evaluate(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("evaluate",
                                             "Measure a model on held-out data, or on all of a file that it "
                                             "did not learn: loss, accuracy, and whole "
                                             "sequences that are right");
  auto options = std::make_shared<EvaluateOptions>();
  options->model.add_to(*command);
  options->of_task = options->task.add_task_to(*command);
  command->add_option("--json", options->json,
                      "Write it to this file, too, with every step of the sequences");
  command->callback([options, &action] { action = [options] { return evaluate(*options); }; });
}

}  // namespace gatescope::app
