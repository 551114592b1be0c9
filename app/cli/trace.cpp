#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/model_options.h"
#include "app/cli/numbers.h"
#include "app/cli/sequence_file.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/experiment/experiment.h"
#include "core/experiment/memory.h"
#include "core/experiment/task_kinds.h"
#include "core/file_memory.h"
#include "core/files.h"
#include "core/observe/observe.h"
#include "core/task/task.h"
#include "core/trace/text_trace.h"
#include "core/trace/trace_json.h"
#include "core/train/loss_text.h"

namespace gatescope::app {
namespace {

struct Options {
  ModelOptions model;
  std::string text, text_file, sequence_file, loss = "all", out;
  std::optional<std::uint64_t> sequence;
  std::optional<int> label;
  bool as_double = false;
};

/// A text says nothing of what a model should tell that tells something else than its next character.
void tell_no_loss(const nn::Interface& interface) {
  if (interface.readout == nn::Readout::softmax) {
    note(
        "gatescope: the model tells {} classes: there is no loss, and its gradients are zero; --label N says "
        "which is right, 0 to {}, at the last step or the one that --loss names\n",
        interface.outputs, interface.outputs - 1);
  } else {
    note("gatescope: the model gives values: a text has no loss, and the gradients are zero\n");
  }
}

/// One of the held-out sequences of the task that the model learnt.
std::shared_ptr<const task::Task> task_learnt(const Options& options, const checkpoint::ModelFile& file) {
  if (options.loss != "all")
    usage("--loss {} is for a text: a sequence has its loss where it has labels", options.loss);
  if (file.experiment.is_null()) usage("--sequence: '{}' does not say what it learnt", options.model.model);
  const auto learnt = experiment::from_json(file.experiment, options.model.model);
  if (experiment::kind_of(learnt.task).of_text)
    usage(
        "--sequence is for models that learnt labelled sequences, and '{}' learnt a text: --text says what "
        "to read",
        options.model.model);
  std::shared_ptr<const task::Task> task = experiment::make_task(learnt, corpora_folder());
  const std::uint64_t count = task::held_out_sequences(*task);
  if (*options.sequence >= count)
    usage("--sequence {} does not exist: the task has held-out sequences 0 to {}", *options.sequence,
          count - 1);
  return task;
}

/// A sequence of one's own, in the words of what the model learnt.
template <class S>
observe::Pair sequence_of(const Options& options, const checkpoint::ModelFile& file,
                          observe::Model<S>& model) {
  std::optional<experiment::Experiment> learnt;
  if (!file.experiment.is_null()) learnt = experiment::from_json(file.experiment, options.model.model);
  model.alphabet = sequence_alphabet(file, learnt);
  const auto given = read_sequence_file(options.sequence_file, file, learnt);
  return observe::numbers_of(given, model.alphabet, file.interface, model.name);
}

constexpr observe::Needs kNeeds{.tape = true, .gradients = true};

template <class S>
int save(const Options& options, const observe::Observation<S>& observed, const std::string& read) {
  const std::string out = options.out == "-" ? "/dev/stdout" : options.out;
  trace::save_trace_json<S>(out, *observed.network, *observed.text,
                            {observed.alphabet.inputs, observed.rules, read, observed.alphabet.outputs});
  if (observed.text->trace.scored > 0)
    print_beside(out, "loss {} {} over {} steps\n", train::loss_text(observed.text->trace.total_loss, 6),
                 observed.outcome().has_probabilities ? "nats" : observed.outcome().score,
                 observed.text->trace.scored);
  print_beside(out, "{}\n", out);
  return 0;
}

template <class S>
int trace(const Options& options) {
  trace::LossAt loss;
  try {
    loss = trace::parse_loss_at(options.loss);
  } catch (const Error& error) {
    usage("--loss: {}", error.what());
  }
  loss.label = options.label;
  check_one_standard_input({{"--text-file", options.text_file},
                            {"--sequence-file", options.sequence_file},
                            {"--vocab", options.model.vocabulary}});
  const checkpoint::ModelFile file = options.model.load();
  observe::Model<S> model{.network = std::make_shared<nn::Network<S>>(checkpoint::make_network<S>(file))};
  const std::vector<nn::ForceRule> rules = options.model.force_on(*model.network);
  if (options.sequence) {
    const auto task = task_learnt(options, file);
    model.alphabet = observe::alphabet_of(*task);
    model.alphabet.inputs = file.vocabulary;
    const observe::HeldOut sequence{task.get(), *options.sequence};
    return save<S>(options, observe::observe(model, sequence, rules, {}, {.needs = kNeeds}), {});
  }
  if (!options.sequence_file.empty()) {
    if (options.label) usage("--label is for a text: a sequence says what is expected after a bar");
    const observe::Pair pair = sequence_of(options, file, model);
    return save<S>(options, observe::observe(model, pair, rules, loss, {.needs = kNeeds}), {});
  }
  if (file.interface.input == nn::InputKind::values)
    usage("'{}' reads {} value{} a step and no text: --sequence-file says them", options.model.model,
          file.interface.inputs, file.interface.inputs == 1 ? "" : "s");
  model.alphabet.inputs = file.vocabulary;
  model.alphabet.outcome = &task::outcome_of(file.interface);
  const std::string origin = options.text_file.empty() ? "--text" : input_name(options.text_file);
  const std::string bytes = options.text_file.empty() ? options.text : read_input(options.text_file);
  const observe::Text text{options.model.encode(file, bytes, origin)};
  const double needed = experiment::memory_of_trace(
      file.spec, file.interface, static_cast<Index>(text.characters.size()), rules, sizeof(S));
  if (!FileMemory::has_room(needed)) check_memory(needed, "a shorter text");
  const auto observed =
      observe::observe(model, text, rules, loss, {.needs = kNeeds, .keep = trace::Keep::in_file});
  if (observed.text->trace.scored == 0) tell_no_loss(file.interface);
  return save<S>(options, observed, task::Vocabulary(file.vocabulary).decode(text.characters));
}

}  // namespace

void add_trace(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("trace", "Write every value and gradient of a model over one text");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  auto* source = command->add_option_group("text", "The text, two characters or more");
  source->add_option("--text", options->text, "The text itself");
  source->add_option("--text-file", options->text_file, "A file that holds it; - is the standard input");
  source
      ->add_option(
          "--sequence", options->sequence,
          "In place of a text, for a model that learnt labelled sequences: which of the held-out ones")
      ->transform(whole_number<std::uint64_t>());
  source->add_option("--sequence-file", options->sequence_file, kSequenceFileHelp);
  source->require_option(1);
  command
      ->add_option("--loss", options->loss,
                   "Which steps the loss is the sum of: all, last, or a step's number")
      ->capture_default_str();
  command->add_option("--label", options->label,
                      "The right class, of a model that tells classes instead of the next character");
  command->add_flag("--double", options->as_double, "Compute in double precision");
  command->add_option("--out", options->out, "The JSON file to write; - is the standard output")->required();
  command->callback([options, &action] {
    action = [options] { return options->as_double ? trace<double>(*options) : trace<float>(*options); };
  });
}

}  // namespace gatescope::app
