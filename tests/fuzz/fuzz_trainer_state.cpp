// Any bytes are refused with an Error, which changes nothing, or are a state that training goes on from.
#include <cmath>

#include "core/task/temporal_order.h"
#include "core/train/trainer.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

constexpr Index kBatch = 2, kLength = 10;

train::Trainer small_trainer() {
  experiment::Experiment experiment;
  experiment.task.kind = "temporal_order";
  experiment.task.length = kLength;
  experiment.training.batch = kBatch;
  experiment.models[0].hidden = 1;
  const auto task = std::make_shared<task::TemporalOrder>(task::Data{kBatch, 1, 1}, kLength);
  experiment::complete(experiment, task->interface());
  return train::Trainer(experiment, task, 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static train::Trainer trainer = small_trainer();
  static const checkpoint::Safetensors begin = trainer.state();
  trainer.restore(begin, "begin");
  checkpoint::Safetensors file;
  try {
    file = checkpoint::parse_safetensors(fuzz::text_of(data, size), "fuzz");
    trainer.restore(file, "fuzz");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    fuzz::require(trainer.state() == begin, "a state that is refused changes nothing");
    return 0;
  }
  const checkpoint::Safetensors state = trainer.state();
  trainer.restore(state, "again");
  fuzz::require(trainer.state() == state, "a state reads back the same");
  const std::uint64_t updates = trainer.updates();
  if (trainer.step()) {
    fuzz::require(trainer.updates() == updates + 1, "an update is counted");
    for (const float weight : trainer.network(0).parameters())
      fuzz::require(std::isfinite(weight), "weights after an update are finite");
  } else {
    fuzz::require(trainer.not_finite() && trainer.updates() == updates,
                  "what cannot be is said and not counted");
    fuzz::require(trainer.state().tensors[0] == state.tensors[0], "the weights are those before it");
  }
  return 0;
}
