#include "core/task/outcome.h"

namespace gatescope::task {

const Outcome& outcome_of(const nn::Interface& interface) {
  if (interface.readout == nn::Readout::linear) return kValue;
  if (interface.pairs) return kTarget;
  const bool characters = interface.input == nn::InputKind::characters;
  return characters && interface.inputs == interface.outputs ? kNextCharacter : kLabel;
}

}  // namespace gatescope::task
