#pragma once

#include <algorithm>
#include <cmath>

#include "core/nn/layer_tape.h"
#include "core/nn/plan.h"

namespace gatescope::nn {

// What the options of a layer do with the rules on their channels; those in force stand in the tape's
// scratch.

/// The rule on a channel, or before its activation, at the tape's step t, or null.
template <class S>
const ForcedSteps<S>* rule_at(const LayerTape<S>& tape, int channel, Index t,
                              bool before_activation = false) {
  const Index number = tape.first_step + t;
  for (const ForcedSteps<S>& rule : tape.step_scratch.forced)
    if (rule.channel == channel && rule.before_activation == before_activation && rule.first <= number &&
        number <= rule.last)
      return &rule;
  return nullptr;
}

/// Takes the rules on all channels of the tape; `plan` may be null.
template <class S>
void take_rules(LayerTape<S>& tape, const Plan<S>* plan) {
  tape.step_scratch.forced.clear();
  if (plan) plan->append_to(tape.step_scratch.forced, tape.info().channels.size());
}

/// Keeps what the network computed and makes of it what the rules do.
template <class S>
void force(LayerTape<S>& tape, int channel, Index t) {
  const Index width = tape.width(channel), size = width * tape.batch();
  S* used = tape.value(channel, t);
  if (tape.forced()) std::copy_n(used, size, tape.raw(channel, t));
  if (const ForcedSteps<S>* rule = rule_at(tape, channel, t))
    for (Index k = 0; k < size; ++k) used[k] = used[k] * rule->scale[k % width] + rule->shift[k % width];
}

/// dL/draw = scale * dL/dused, in place of it.
template <class S>
void unforce(LayerTape<S>& tape, int channel, Index t, S* gradient) {
  const Index width = tape.width(channel), size = width * tape.batch();
  if (const ForcedSteps<S>* rule = rule_at(tape, channel, t))
    for (Index k = 0; k < size; ++k) gradient[k] *= rule->scale[k % width];
}

template <class S>
S logistic(S x) {
  return 1 / (1 + std::exp(-x));
}

/// As formulas divide: what is shared by 0 is 0.
template <class S>
S inverse(S x) {
  return x == 0 ? S(0) : 1 / x;
}

}  // namespace gatescope::nn
