// An experiment and, after a zero byte, the state of its training: each is refused with an Error, which
// changes nothing, or the experiment reads back the same and training goes on from the state.
#include "core/experiment/task_kinds.h"
#include "core/nn/network.h"
#include "core/task/char_text.h"
#include "core/train/trainer.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

std::shared_ptr<const task::Task> small_task(const experiment::Experiment& experiment) {
  if (!experiment::kind_of(experiment.task).of_text) return experiment::make_task(experiment, {});
  const auto& training = experiment.training;
  return std::make_shared<task::CharText>(
      U"abcabcabcaabbccabcabcabcba",
      task::CharText::Options{training.batch, training.steps, experiment.task.held_out, training.carry},
      "text");
}

/// Whether an update takes no more than a millisecond.
bool is_small(const experiment::Experiment& experiment, const nn::Interface& interface) {
  Index work = 0;
  const Index steps = experiment::kind_of(experiment.task).steps(experiment);
  for (const nn::ModelSpec& model : experiment.models)
    work += (nn::count_parameters(model, interface) + 100 * model.layers) * steps * experiment.training.batch;
  return work <= 20'000;
}

void go_on(const experiment::Experiment& experiment, const std::shared_ptr<const task::Task>& task,
           std::string_view state) {
  train::Trainer trainer(experiment, task, 1);
  const checkpoint::Safetensors begin = trainer.state();
  try {
    trainer.restore(checkpoint::parse_safetensors(state, "state"), "state");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    fuzz::require(trainer.state() == begin, "a state that is refused changes nothing");
  }
  const std::uint64_t updates = trainer.updates();
  const bool made = trainer.step();
  fuzz::require(made != trainer.not_finite().has_value(), "an update is made, or it is said why not");
  fuzz::require(trainer.updates() == updates + (made ? 1 : 0), "an update that is made is counted");
  if (task->held_out_batches() <= 2) trainer.held_out();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::string_view text = bytes.substr(0, bytes.find('\0'));
  try {
    experiment::Experiment read = experiment::parse_experiment(text, "fuzz.json");
    fuzz::require(experiment::from_json(experiment::to_json(read), "again") == read,
                  "it reads back the same");
    const auto task = small_task(read);
    experiment::complete(read, task->interface());
    experiment::check(read, task->interface());
    fuzz::require(experiment::parse_experiment(experiment::to_json(read).dump(), "completed") == read,
                  "what is complete reads back the same");
    if (is_small(read, task->interface())) go_on(read, task, bytes.substr(std::min(size, text.size() + 1)));
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
