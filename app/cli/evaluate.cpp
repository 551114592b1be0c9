#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/model_options.h"
#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"
#include "core/train/evaluation.h"
#include "core/train/loss_text.h"

namespace gatescope::app {
namespace {

using nlohmann::json;

struct Options {
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

int evaluate(const Options& options) {
  const checkpoint::ModelFile file = options.model.load();
  experiment::Experiment experiment;
  if (file.experiment.is_object())
    experiment = experiment::from_json(file.experiment, options.model.model);
  else if (!options.task.task)
    usage("'{}' does not say what it learnt: --task KEY does", options.model.model);
  experiment.models = {file.spec};
  experiment.force.clear();  // of its training; --force says what holds here
  options.task.choose_task(experiment);
  experiment = checked(experiment, options.of_task);
  experiment.task.beside = std::filesystem::absolute(options.model.model).parent_path().native();
  const auto opened = experiment::open_task(experiment, corpora_folder(), std::nullopt);
  const task::Task& task = *opened.task;
  if (task.interface() == file.interface && task.vocabulary() != file.vocabulary)
    fail("'{}' reads other characters than {} has", options.model.model,
         experiment::kind_of(experiment.task).source(experiment.task));
  check_experiment(experiment, task.interface());  // above all the memory that it would take
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
  print("loss         {} {} over {} held-out steps\n", train::loss_text(result->loss * outcome.factor, 4),
        outcome.mean_score, result->scored);
  if (const std::optional<double> chance = task.chance())
    print("chance       {}\n", train::loss_text(*chance * outcome.factor, 4));
  if (result->accuracy) print("accuracy     {:.4f}\n", *result->accuracy);
  if (result->exact_match)
    print("exact match  {:.4f} of {} sequences\n", *result->exact_match, result->sequences);
  if (!options.json.empty())
    write_file(options.json, in_json(*result, task, experiment, options.model.model).dump(1) + "\n");
  return 0;
}

}  // namespace

void add_evaluate(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "evaluate", "Measure a model on held-out data: loss, accuracy, and whole sequences that are right");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  options->of_task = options->task.add_task_to(*command);
  command->add_option("--json", options->json,
                      "Write it to this file, too, with every step of the sequences");
  command->callback([options, &action] { action = [options] { return evaluate(*options); }; });
}

}  // namespace gatescope::app
