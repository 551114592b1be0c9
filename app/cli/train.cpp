#include <filesystem>
#include <numbers>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "app/platform/paths.h"
#include "core/clock.h"
#include "core/nn/generate.h"
#include "core/task/char_text.h"
#include "core/task/vocabulary.h"
#include "core/train/fine_tuning.h"
#include "core/train/run.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

struct Options {
  ExperimentOptions experiment;
  std::optional<double> seconds;
  int threads = default_threads();
  std::string out, resume;
  bool samples = false;
};

std::string figures(const train::Run& run, double characters_per_second) {
  std::string text;
  for (const train::MetricsRow& row : run.last()) {
    text += fmt::format("{} {:.2f} bits  ", row.model, row.loss / std::numbers::ln2);
  }
  return text + (characters_per_second >= 1e6 ? fmt::format("{:.2f}M chars/s", characters_per_second / 1e6)
                                              : fmt::format("{:.0f}k chars/s", characters_per_second / 1e3));
}

/// What each model writes now, one line each.
void print_samples(train::Run& run) {
  train::Trainer& trainer = run.trainer();
  const task::Vocabulary vocabulary(trainer.task().vocabulary());
  for (std::size_t m = 0; m < trainer.models(); ++m) {
    nn::Network<float>& network = trainer.network(m);
    if (network.spec().bidirectional || network.interface().inputs != network.interface().outputs) continue;
    network.prepare_all();
    // A line begins after a line break, where there is one.
    std::vector<int> prompt;
    if (const int line_break = vocabulary.find(U'\n'); line_break >= 0) prompt.push_back(line_break);
    const auto text =
        nn::generate(network, prompt, 160, 0.7, Rng{trainer.experiment().seed, trainer.updates()});
    std::string line = vocabulary.decode(text);
    for (char& c : line)
      if (c == '\n' || c == '\t') c = ' ';
    print("update {:>6}  {:<5}| {}\n", trainer.updates(), network.spec().name, line);
  }
  flush_output();
}

void print_held_out(const train::Run& run) {
  for (const train::MetricsRow& row : run.last()) {
    if (!row.held_out) continue;
    print("{}: held-out {:.3f} bits per character ({:.4f} nats, perplexity {:.2f}) after {} updates\n",
          row.model, *row.held_out / std::numbers::ln2, *row.held_out, std::exp(*row.held_out), row.update);
  }
}

/// Which characters are new to a model that goes on with another text. The experiment keeps all of them.
void tell_vocabulary(const checkpoint::ModelFile& model, const task::Task& task,
                     experiment::Experiment& experiment) {
  experiment.task.vocabulary = task.vocabulary();
  note("gatescope: {}\n", train::vocabulary_sentence(model.vocabulary, task.vocabulary(),
                                                     dynamic_cast<const task::CharText&>(task).used()));
}

int train(const Options& options) {
  check_threads(options.threads);
  if (options.seconds && !(*options.seconds > 0 && *options.seconds < 1e9)) {
    usage("--seconds {} is impossible, expected a number above 0", *options.seconds);
  }
  if (options.seconds && options.experiment.updates) usage("--updates and --seconds exclude each other");
  const bool resuming = !options.resume.empty();
  const fs::path folder = options.out.empty() ? options.resume : options.out;
  if (folder.empty()) usage("train needs --out DIR, the folder to write to");

  experiment::Experiment experiment =
      resuming ? options.experiment.resumed(fs::path(options.resume)) : options.experiment.make();
  std::optional<checkpoint::ModelFile> beginning;
  if (!options.experiment.begin_from.empty()) {
    beginning = options.experiment.load_beginning();
    options.experiment.begin_from_model(experiment, *beginning);
  } else {
    options.experiment.check_no_beginning();
  }
  std::shared_ptr<const task::Task> task = experiment::make_task(experiment, corpora_folder());
  if (beginning) tell_vocabulary(*beginning, *task, experiment);
  experiment::complete(experiment, task->interface());
  check_experiment(experiment, task->interface());

  train::Run run(experiment, task, options.threads);
  train::Trainer& trainer = run.trainer();
  if (resuming) run.resume(options.resume);
  if (beginning) train::take_weights(*beginning, trainer.network(0));
  if (resuming && !options.seconds && trainer.updates() >= experiment.training.updates) {
    usage("the run in '{}' has made {} updates already: give a higher number with --updates, or --seconds",
          options.resume, trainer.updates());
  }
  std::error_code code;
  if (!resuming || !fs::equivalent(folder, options.resume, code)) {
    if (const auto aside = train::set_aside(folder))
      print("The run that was in {} is now in {}\n", folder.string(), aside->string());
  }

  run.save(folder);  // an impossible folder is found out now, not after an hour of training
  for (const nn::ModelSpec& model : experiment.models) {
    if (model.bidirectional && task->interface().inputs == task->interface().outputs) {
      note(
          "gatescope: {} reads in both directions and so sees the very character it is to tell; its loss "
          "cannot be compared with that of other models\n",
          model.name);
    }
  }

  const Interrupt interrupt;
  Progress progress;
  const auto start = Clock::now();
  auto saved = start;
  const std::uint64_t first = trainer.updates(), last = experiment.training.updates;
  const auto fraction = [&] {
    if (options.seconds) return std::min(1.0, seconds_since(start) / *options.seconds);
    return last <= first ? 1.0
                         : static_cast<double>(trainer.updates() - first) / static_cast<double>(last - first);
  };
  while (fraction() < 1 && !interrupt.asked()) {
    if (!run.step()) break;
    const double characters =
        static_cast<double>(trainer.updates() - first) * static_cast<double>(trainer.characters_per_update());
    progress.show(fraction(), figures(run, characters / seconds_since(start)));
    const std::uint64_t every = experiment.training.evaluate_every;
    if (options.samples && every > 0 && trainer.updates() % every == 0) {
      progress.clear();
      print_samples(run);
    }
    if (seconds_since(saved) > 60) {
      run.save(folder);
      saved = Clock::now();
    }
  }
  progress.clear();
  run.measure_held_out();
  if (options.seconds && !interrupt.asked()) trainer.set_goal(trainer.updates());
  const auto models = run.save(folder);
  print_held_out(run);
  if (interrupt.asked()) {
    print("Stopped after {} updates; go on with: gatescope train --resume {}{}\n", trainer.updates(),
          folder.string(), options.seconds ? " --seconds N" : "");
  }
  for (const fs::path& model : models) print("{}\n", model.string());
  print("{}\n{}\n", (folder / train::kMetricsFile).string(), (folder / train::kExperimentFile).string());
  if (const auto& bad = trainer.not_finite()) {
    fail(
        "{} became not a number at update {} of {}; the files hold the weights before that update. A smaller "
        "learning "
        "rate or a smaller --clip helps",
        bad->place, bad->update, bad->model);
  }
  finish_output(true);
  return 0;
}

}  // namespace

void add_train(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("train", "Train one to four models on the same batches");
  auto options = std::make_shared<Options>();
  options->experiment.add_to(*command);
  command->add_option("--seconds", options->seconds,
                      "Stop after so many seconds instead of a number of updates");
  command->add_option("--threads", options->threads, "Threads; the result does not depend on them");
  command->add_option("--out", options->out,
                      "The folder to write models, metrics.csv and experiment.json to");
  command->add_option("--resume", options->resume,
                      "Go on with the run in this folder; --updates may raise its goal");
  command->add_flag("--samples", options->samples, "Print what the models write while they learn");
  command->callback([options, &action] { action = [options] { return train(*options); }; });
}

}  // namespace gatescope::app
