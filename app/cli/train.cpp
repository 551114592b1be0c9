#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <optional>
#include <utility>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/numbers.h"
#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/checkpoint/metadata.h"
#include "core/clock.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/nn/generate.h"
#include "core/sha256.h"
#include "core/task/char_text.h"
#include "core/task/vocabulary.h"
#include "core/train/fine_tuning.h"
#include "core/train/loss_text.h"
#include "core/train/remedy.h"
#include "core/train/run.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

struct TrainOptions {
  ExperimentOptions experiment;
  std::optional<double> seconds;
  int threads = usual_threads();
  std::string out, resume;
  bool samples = false;
};

std::string figures(train::Run& run, double steps_per_second) {
  const task::Outcome& outcome = run.trainer().task().outcome();
  std::string text;
  for (const train::MetricsRow& row : run.last()) {
    text += outcome.has_probabilities
                ? fmt::format("{} {} {}  ", row.model, train::loss_text(row.loss * outcome.factor, 2),
                              outcome.score)
                : fmt::format("{} {} {}  ", row.model, train::loss_text(row.loss, 4), outcome.score);
  }
  return text +
         (steps_per_second >= 1e6 ? fmt::format("{:.2f}M ", steps_per_second / 1e6)
                                  : fmt::format("{:.0f}k ", steps_per_second / 1e3)) +
         std::string(outcome.short_speed);
}

/// What each model writes now, one line each.
void print_samples(train::Run& run) {
  train::Trainer& trainer = run.trainer();
  if (!trainer.task().outcome().of_input) return;  // nobody writes labels or values
  const task::Vocabulary vocabulary(trainer.task().vocabulary());
  for (std::size_t m = 0; m < trainer.models(); ++m) {
    nn::Network<float>& network = trainer.network(m);
    if (network.spec().bidirectional) continue;
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

void print_held_out(train::Run& run) {
  const task::Outcome& outcome = run.trainer().task().outcome();
  for (const train::MetricsRow& row : run.last()) {
    if (!row.held_out) continue;
    const double nats = *row.held_out;
    print("{}: held-out {} after {} updates\n", row.model,
          outcome.has_probabilities
              ? fmt::format("{} {} ({} nats, perplexity {})", train::loss_text(nats * outcome.factor, 3),
                            outcome.mean_score, train::loss_text(nats, 4), train::perplexity_text(nats))
              : fmt::format("{} {}", outcome.mean_score, train::loss_text(nats, 5)),
          row.update);
  }
}

/// A run and what of it is on the disk.
class Keeper {
 public:
  Keeper(train::Run& run, fs::path folder, Interrupt& interrupt)
      : run_(run), folder_(std::move(folder)), interrupt_(interrupt) {}

  /// Throws Error that says what the folder holds then.
  std::vector<fs::path> save() {
    tried_ = Clock::now();
    if (update_) tell();
    try {
      auto models = run_.save(folder_);
      look_at_what_is_saved();
      return models;
    } catch (const Error&) {
      look_at_what_is_saved();
      throw;
    }
  }
  /// Saves each minute. A disk that is full now may not be in some seconds: training goes on, and says so
  /// once.
  void save_now_and_then(Progress& progress) {
    if (!lost_ || seconds_since(told_) > 0.2) tell();
    if (seconds_since(tried_) < (troubled_ ? 10 : 60)) return;
    try {
      save();
      if (!std::exchange(troubled_, false)) return;
      progress.clear();
      note("gatescope: saved again, up to update {}\n", run_.trainer().updates());
    } catch (const Error& error) {
      if (std::exchange(troubled_, true)) return;
      progress.clear();
      note("gatescope: {}; training goes on and tries again\n", error.what());
    }
  }

 private:
  void look_at_what_is_saved() {
    if (run_.saved_update() != update_) saved_ = tried_;
    update_ = run_.saved_update();
    tell();
  }

  /// Keeps what a second Ctrl-C says up to date.
  void tell() {
    told_ = Clock::now();
    const std::uint64_t lost = run_.trainer().updates() - update_.value_or(0);
    lost_ = lost > 0;
    if (!lost_)
      interrupt_.warn(
          "gatescope: the run is saved; ending at once would lose only what is at work now: Ctrl-C once more "
          "for that\n");
    else
      interrupt_.warn(fmt::format(
          "gatescope: not saved yet; ending at once would lose the last {}, {:.0f} seconds: Ctrl-C once more "
          "for that\n",
          lost == 1 ? std::string("update") : fmt::format("{} updates", lost), seconds_since(saved_)));
  }

  train::Run& run_;
  fs::path folder_;
  Interrupt& interrupt_;
  Clock::time_point saved_, tried_, told_;
  std::optional<std::uint64_t> update_;  // the last that is saved
  bool troubled_ = false;                // the last try failed
  bool lost_ = false;                    // whether ending at once would lose updates, as was told last
};

void warn_of_bidirectional(const experiment::Experiment& experiment, const task::Task& task) {
  for (const nn::ModelSpec& model : experiment.models) {
    if (!model.bidirectional || !task.outcome().of_input) continue;
    note(
        "gatescope: {} reads in both directions and so sees the very character it is to tell; its loss "
        "cannot be "
        "compared with that of other models\n",
        model.name);
  }
}

/// Gives a text that lives in the run's folder a name there that is free, or where it is already.
void name_own_copy(experiment::TaskSpec& task, std::string name, const std::optional<std::string>& piped,
                   const fs::path& found, const fs::path& folder) {
  std::string digest;  // of the text, once there is a file to compare it with
  const auto holds_it = [&](const fs::path& file) {
    if (digest.empty()) digest = piped ? sha256(*piped) : sha256_of_file(found);
    return sha256_of_file(file) == digest;
  };
  std::error_code code;
  for (int number = 2; fs::exists(folder / name, code); ++number) {
    if (fs::is_regular_file(folder / name, code) && holds_it(folder / name)) break;
    name = fmt::format("text-{}.txt", number);
  }
  task.text = task.near = name;
}

/// Which characters are new to a model that goes on with another text. The experiment keeps all of them.
void tell_vocabulary(const checkpoint::ModelFile& model, const task::Task& task,
                     experiment::Experiment& experiment) {
  experiment.task.vocabulary = task.vocabulary();
  note("gatescope: {}\n", train::vocabulary_sentence(model.vocabulary, task.vocabulary(),
                                                     dynamic_cast<const task::CharText&>(task).used()));
}

int train(const TrainOptions& options) {
  if (options.seconds && !(*options.seconds > 0 && *options.seconds < 1e9)) {
    usage("--seconds {} is impossible, expected a number above 0", *options.seconds);
  }
  if (options.seconds && options.experiment.updates) usage("--updates and --seconds exclude each other");
  const bool resuming = !options.resume.empty();
  const fs::path folder = options.out.empty() ? options.resume : options.out;
  if (folder.empty()) usage("train needs --out DIR, the folder to write to");

  // Nobody else writes to the folder from here on.
  std::error_code code;
  const bool in_place = resuming && (options.out.empty() || fs::equivalent(folder, options.resume, code));
  std::optional<train::RunFolder> place;
  if (in_place) place.emplace(folder, train::RunFolder::Use::go_on);

  experiment::Experiment experiment =
      resuming ? options.experiment.resumed(fs::path(options.resume)) : options.experiment.make();
  std::optional<checkpoint::ModelFile> beginning;
  if (!options.experiment.begin_from.empty()) {
    beginning = options.experiment.load_beginning();
    options.experiment.begin_from_model(experiment, *beginning);
  } else {
    options.experiment.check_no_beginning();
  }
  std::optional<std::string> piped = options.experiment.piped_text();
  if (resuming &&
      (experiment.task.kind == experiment::kLinesTask || experiment.task.kind == experiment::kPairsTask))
    experiment.task.drawn_split =
        train::has_drawn_split(checkpoint::read_metadata(fs::path(options.resume) / train::kStateFile));
  const bool own = experiment::is_own_copy(experiment.task);
  const std::string own_name = experiment.task.text;
  const experiment::OpenTask opened = experiment::open_task(experiment, corpora_folder(), piped);
  const std::shared_ptr<const task::Task>& task = opened.task;
  for (const std::string& what : opened.notes) note("gatescope: {}\n", what);
  experiment::remember_from(experiment.task, folder);
  if (own) name_own_copy(experiment.task, own_name, piped, opened.text, folder);
  std::optional<std::string> copy;  // what is in the folder now may be set aside before this is written
  if (own && (!in_place || !fs::exists(folder / experiment.task.text, code)))
    copy = piped ? std::move(*piped) : read_file(opened.text);
  piped.reset();
  if (beginning) tell_vocabulary(*beginning, *task, experiment);
  experiment::complete(experiment, task->interface());
  check_experiment(experiment, task->interface());

  train::Run run(experiment, task, options.threads);
  train::Trainer& trainer = run.trainer();
  if (resuming) run.resume(options.resume);
  if (beginning) train::take_weights(*beginning, trainer.network(0));
  if (resuming && !options.seconds && trainer.updates() >= experiment.training.updates) {
    // A kill after the last update may have come before its models were written.
    if (in_place && trainer.updates() == experiment.training.updates) run.save(folder);
    usage("the run in '{}' has made {} updates already: give a higher number with --updates, or --seconds",
          options.resume, trainer.updates());
  }
  Interrupt interrupt(fmt::format(
      "gatescope: stopping after this update; then the run is saved in {} (Ctrl-C again says what ending "
      "at once would lose)\n",
      printable(folder.string())));
  Keeper keeper(run, folder, interrupt);
  if (!in_place) {
    place.emplace(folder, train::RunFolder::Use::begin);
    if (const auto aside = place->set_aside())
      print("The run that was in {} is now in {}\n", folder.string(), aside->string());
  }
  if (!place->locked()) {
    note("gatescope: the file system of '{}' has no locks: see to it that no other training writes there\n",
         folder.string());
  }
  if (copy && !fs::exists(folder / experiment.task.text, code))
    write_file(folder / experiment.task.text, *copy, {.sync = true, .follow_links = false});
  copy.reset();

  keeper.save();  // an impossible folder is found out now, not after an hour of training
  for (const std::string& what : run.take_notes()) note("gatescope: {}\n", what);
  warn_of_bidirectional(experiment, *task);

  Progress progress;
  const auto start = Clock::now();
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
    keeper.save_now_and_then(progress);
  }
  progress.clear();
  const double seconds = seconds_since(start);
  const bool stopped = interrupt.asked() && fraction() < 1;
  // Whoever stops it may not wait until the held-out data is read.
  if (stopped) keeper.save();
  run.measure_held_out();
  if (options.seconds && !stopped) trainer.set_goal(trainer.updates());
  const auto models = keeper.save();
  print_held_out(run);
  if (stopped) {
    const std::string rest =
        options.seconds
            ? fmt::format(" --seconds {:.0f}", std::max(1.0, std::ceil(*options.seconds - seconds)))
            : "";
    print("Stopped after {} updates; go on with: gatescope train --resume {}{}\n", trainer.updates(),
          in_shell(folder.string()), rest);
  }
  for (const fs::path& model : models) print("{}\n", model.string());
  print("{}\n{}\n", (folder / train::kMetricsFile).string(), (folder / train::kExperimentFile).string());
  if (const auto& bad = trainer.not_finite()) {
    fail(
        "{} became not a number at update {} of {}; the files hold the weights before that update. What "
        "helps in a new "
        "run: {}",
        bad->place, bad->update, bad->model, train::in_words(train::remedies(trainer.experiment()), true));
  }
  finish_output(true);
  return 0;
}

}  // namespace

void add_train(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("train", "Train one to four models on the same batches");
  auto options = std::make_shared<TrainOptions>();
  options->experiment.add_to(*command);
  command
      ->add_option("--seconds", options->seconds, "Stop after so many seconds instead of a number of updates")
      ->transform(decimal_number());
  command->add_option("--threads", options->threads, "Threads; the result does not depend on them")
      ->transform(whole_number<int>(1, kMostThreads));
  command->add_option("--out", options->out,
                      "The folder to write models, metrics.csv and experiment.json to");
  command->add_option("--resume", options->resume,
                      "Go on with the run in this folder; --updates may raise its goal, --text name "
                      "its text where that was moved");
  command->add_flag("--samples", options->samples, "Print what the models write while they learn");
  command->footer(
      "Ctrl-C, kill, a closed terminal and a batch system's warnings (SIGINT, SIGTERM, SIGQUIT, SIGHUP,\n"
      "SIGUSR1, SIGUSR2, SIGXCPU, SIGALRM) stop after the update at hand: the run is saved, and the exit\n"
      "code is 0. A second Ctrl-C says what ending at once would lose, a third one ends at once. A run is\n"
      "saved each minute, too.");
  command->callback([options, &action] { action = [options] { return train(*options); }; });
}

}  // namespace gatescope::app
