#pragma once

#include <optional>
#include <vector>

#include "core/observe/trained_steps.h"
#include "core/views/view.h"

namespace gatescope::views {

/// Every how many steps training, as far as it is known, cuts the gradient of what was read, while the state
/// goes on; none where it cuts nothing of it. A model that reads in both directions is trained on whole
/// sequences.
inline std::optional<Index> truncation_of(const Observation& observation) {
  const Index trained = observe::trained_steps(observation);
  if (trained <= 0 || trained >= observation.steps() || !observation.outcome().of_input ||
      observation.network->spec().bidirectional)
    return std::nullopt;
  return trained;
}

/// Lines where training cuts the gradient of the loss at that step on its way back, the nearest first; with
/// `named` that one says so.
inline std::vector<Rule> truncation_rules(const Observation& observation, Index loss, bool named) {
  std::vector<Rule> rules;
  const std::optional<Index> every = truncation_of(observation);
  for (Index border = every ? loss / *every * *every : 0; border > 0; border -= *every)
    rules.push_back({.at = static_cast<double>(border) - 0.5,
                     .label = named && rules.empty() ? "training cuts here" : "",
                     .ink = {InkRole::neutral},
                     .before = true});
  return rules;
}

}  // namespace gatescope::views
