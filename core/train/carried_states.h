#pragma once

#include <algorithm>

#include "core/nn/network.h"

namespace gatescope::train {

/// Visits the states of all tapes as (tape, state, place in a buffer of all, tape by tape).
template <class Visit>
void for_each_state(nn::Trace<float>& trace, Visit visit) {
  Index place = 0;
  for (auto& tape : trace.tapes) {
    for (const nn::State& state : tape.info().states) {
      visit(tape, state, place);
      place += tape.width(state.channel) * tape.batch();
    }
  }
}

/// The states after a batch, which the next one of a stream begins with.
inline void keep_states(const nn::Network<float>& network, nn::Trace<float>& trace, Buffer<float>& ended) {
  ended.resize(static_cast<std::size_t>(network.state_numbers() * trace.batch));
  for_each_state(trace, [&](auto& tape, const nn::State& state, Index place) {
    std::copy_n(tape.final_value(state.channel), tape.width(state.channel) * tape.batch(),
                ended.begin() + place);
  });
}

/// Begins with what was kept, as far as the cell carries it.
inline void begin_with(const Buffer<float>& carried, nn::Trace<float>& trace) {
  for_each_state(trace, [&](auto& tape, const nn::State& state, Index place) {
    // A backward direction has not seen what comes after the batch: it always begins anew.
    if (tape.reverse() || !state.carried) {
      tape.clear_state(state);
    } else {
      std::copy_n(carried.begin() + place, tape.width(state.channel) * tape.batch(),
                  tape.initial_value(state.channel));
    }
  });
}

}  // namespace gatescope::train
