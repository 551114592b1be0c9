#include "core/analysis/one_loss.h"

#include "core/analysis/kept.h"
#include "core/error.h"
#include "core/observe/observe.h"
#include "core/observe/read_again.h"
#include "core/observe/trained_steps.h"

namespace gatescope::analysis {
namespace {

constexpr std::size_t kTraces = 1;  // as large as all the rest together

Observation read_again(const Observation& observation, Index step) {
  Observation again = observation;
  again.sequence =
      std::make_shared<const trace::SequenceTrace<float>>(observe::with_loss_at(observation, step));
  if (observation.natural) {
    Observation free = observation;
    const auto network = observe::copy_of<float>(*observation.network);
    free.network = network;
    free.sequence = observation.natural;
    again.natural = std::make_shared<const trace::SequenceTrace<float>>(observe::with_loss_at(free, step));
  }
  again.memo = std::make_shared<observe::Memo>();
  observe::say_trained_steps(again, observe::trained_steps(observation));
  return again;
}

}  // namespace

Index one_loss_step(const Observation& observation, std::optional<Index> chosen) {
  const Index last = observation.steps() - 1;
  if (chosen && (*chosen < 0 || *chosen > last))
    fail("step {} does not exist, expected 0 to {}", *chosen, last);
  if (const auto own = loss_step(observation, Run::in_force)) return *own;
  Index step = chosen.value_or(last);
  while (step > 0 && !observation.sequence->expects(step)) --step;
  return step;
}

std::vector<Observation> with_one_loss(std::span<const Observation> observations,
                                       std::optional<Index> chosen) {
  std::vector<Observation> with;
  with.reserve(observations.size());
  std::optional<Index> first;
  for (const Observation& observation : observations) {
    if (!observation.network || !observation.sequence) {
      with.push_back(observation);
      continue;
    }
    const Index own = one_loss_step(observation, chosen);
    if (!first) first = own;
    if (loss_step(observation, Run::in_force) == first) {
      with.push_back(observation);
      continue;
    }
    const bool there = *first >= observation.steps() || observation.sequence->expects(*first);
    const Index step = there ? *first : own;
    with.push_back(*recall(
        observation, "one loss", {step}, [&] { return read_again(observation, step); }, kTraces));
  }
  return with;
}

}  // namespace gatescope::analysis
