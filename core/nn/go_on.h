#pragma once

#include <algorithm>

#include "core/nn/trace.h"

namespace gatescope::nn {

/// After a forward pass: the next one begins with the states that it ended with, and its steps are counted
/// on. Of layers that read in one direction; outputs stay.
template <class S>
void go_on(Trace<S>& trace) {
  for (LayerTape<S>& tape : trace.tapes) {
    for (const State& state : tape.info().states)
      std::copy_n(tape.final_value(state.channel), tape.width(state.channel) * tape.batch(),
                  tape.initial_value(state.channel));
    tape.first_step += tape.steps();
  }
}

}  // namespace gatescope::nn
