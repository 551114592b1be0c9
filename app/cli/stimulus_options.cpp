#include "app/cli/stimulus_options.h"

#include "app/cli/cli.h"
#include "app/cli/numbers.h"
#include "app/cli/sequence_file.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/experiment/experiment.h"
#include "core/experiment/memory.h"
#include "core/experiment/task_kinds.h"
#include "core/file_memory.h"
#include "core/files.h"

namespace gatescope::app {
namespace {

/// The task that the model learnt, whose held-out sequences can be read.
std::shared_ptr<const task::Task> task_learnt(std::uint64_t sequence, const std::string& model,
                                              const checkpoint::ModelFile& file) {
  if (file.experiment.is_null()) usage("--sequence: '{}' does not say what it learnt", model);
  const auto learnt = experiment::from_json(file.experiment, model);
  if (experiment::kind_of(learnt.task).of_text)
    usage(
        "--sequence is for models that learnt labelled sequences, and '{}' learnt a text: --text says what "
        "to read",
        model);
  std::shared_ptr<const task::Task> task = experiment::make_task(learnt, corpora_folder());
  const std::uint64_t count = task::held_out_sequences(*task);
  if (sequence >= count)
    usage("--sequence {} does not exist: the task has held-out sequences 0 to {}", sequence, count - 1);
  return task;
}

}  // namespace

observe::HeldOutSequences read_held_out(int count, const std::string& model,
                                        const checkpoint::ModelFile& file) {
  if (file.experiment.is_null()) usage("--held-out: '{}' does not say what it learnt", model);
  const auto learnt = experiment::from_json(file.experiment, model);
  auto sequences = observe::read_held_out(*experiment::make_task(learnt, corpora_folder()), count);
  if (!sequences) usage("--held-out: '{}' learnt from all there is, nothing is held out", model);
  if (std::ssize(*sequences) < count)
    note("gatescope: --held-out {}: there are {} different ones\n", count, sequences->size());
  return sequences;
}

void StimulusOptions::add_to(CLI::App& command) {
  auto* source = command.add_option_group("text", "The text, two characters or more");
  source->add_option("--text", text, "The text itself");
  source->add_option("--text-file", text_file, "A file that holds it; - is the standard input");
  source
      ->add_option(
          "--sequence", sequence,
          "In place of a text, for a model that learnt labelled sequences: which of the held-out ones")
      ->transform(whole_number<std::uint64_t>());
  source->add_option("--sequence-file", sequence_file, kSequenceFileHelp);
  source->require_option(0, 1);
}

template <class S>
Reading StimulusOptions::read(const ModelOptions& options, const checkpoint::ModelFile& file,
                              const std::vector<nn::ForceRule>& rules, observe::Model<S>& model) const {
  Reading reading;
  if (sequence) {
    reading.task = task_learnt(*sequence, options.model, file);
    model.alphabet = observe::alphabet_of(*reading.task);
    model.alphabet.inputs = file.vocabulary;
    reading.stimulus = observe::HeldOut{reading.task.get(), *sequence};
    return reading;
  }
  if (!sequence_file.empty()) {
    std::optional<experiment::Experiment> learnt;
    if (!file.experiment.is_null()) learnt = experiment::from_json(file.experiment, options.model);
    model.alphabet = sequence_alphabet(file, learnt);
    const auto given = read_sequence_file(sequence_file, file, learnt);
    reading.stimulus = observe::numbers_of(given, model.alphabet, file.interface, model.name);
    return reading;
  }
  if (file.interface.input == nn::InputKind::values)
    usage("'{}' reads {} value{} a step and no text: --sequence-file says them", options.model,
          file.interface.inputs, file.interface.inputs == 1 ? "" : "s");
  model.alphabet.inputs = file.vocabulary;
  model.alphabet.outcome = &task::outcome_of(file.interface);
  const std::string origin = text_file.empty() ? "--text" : input_name(text_file);
  const std::string bytes = text_file.empty() ? text : read_input(text_file);
  observe::Text read{options.encode(file, bytes, origin)};
  const double needed = experiment::memory_of_trace(
      file.spec, file.interface, static_cast<Index>(read.characters.size()), rules, sizeof(S));
  if (!FileMemory::has_room(needed)) experiment::check_memory(needed, "a shorter text");
  reading.text = task::Vocabulary(file.vocabulary).decode(read.characters);
  reading.stimulus = std::move(read);
  return reading;
}

template Reading StimulusOptions::read(const ModelOptions&, const checkpoint::ModelFile&,
                                       const std::vector<nn::ForceRule>&, observe::Model<float>&) const;
template Reading StimulusOptions::read(const ModelOptions&, const checkpoint::ModelFile&,
                                       const std::vector<nn::ForceRule>&, observe::Model<double>&) const;

}  // namespace gatescope::app
