#pragma once

#include <algorithm>

#include "core/analysis/state_steps.h"
#include "core/nn/network.h"

namespace gatescope::analysis {

/// The joint state at step t of a model that stood in state s after step `from` and read on, by the network's
/// forward pass alone.
inline Vector<double> states_at(const nn::Network<double>& network, const std::vector<int>& characters,
                                const JointState& state, Index from, Index t, const Vector<double>& s) {
  nn::Trace<double> trace;
  network.resize(trace, t - from, 1);
  network.clear_states(trace);
  for (auto& tape : trace.tapes) tape.first_step = from + 1;
  for (const JointState::Part& part : state.parts)
    std::copy_n(s.data() + part.first, part.width, trace.tapes[part.layer].initial_value(part.channel));
  network.forward(trace, {characters.data() + from + 1, nullptr});
  Vector<double> after(state.size);
  for (const JointState::Part& part : state.parts)
    after.segment(part.first, part.width) =
        MatrixView<double>(trace.tapes[part.layer].final_value(part.channel), part.width, 1);
  return after;
}

/// ds_t/ds_from at s, (S, S), by central differences.
inline Eigen::MatrixXd differences(const nn::Network<double>& network, const std::vector<int>& characters,
                                   const JointState& state, Index from, Index t, const Vector<double>& s,
                                   double step = 1e-6) {
  Eigen::MatrixXd jacobian(state.size, state.size);
  for (Index column = 0; column < state.size; ++column) {
    Vector<double> up = s, down = s;
    up[column] += step, down[column] -= step;
    jacobian.col(column) = (states_at(network, characters, state, from, t, up) -
                            states_at(network, characters, state, from, t, down)) /
                           (2 * step);
  }
  return jacobian;
}

}  // namespace gatescope::analysis
