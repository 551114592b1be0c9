#pragma once

#include <optional>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// Another character in the place of the one that was read.
struct Replacement {
  Index step = 0;
  int character = 0;
};

/// What a text would have cost: the network reads steps `first` to `last` again from the state in which it
/// stood before them, under more rules, or with another character.
template <class S>
class WhatIf {
 public:
  /// `step` is the one whose prediction is asked for. The observation outlives it.
  WhatIf(const observe::Observation<S>& observation, Index first, Index last, Index step)
      : observation_(observation), first_(first), last_(last), step_(step) {}

  struct Cost {
    double mean = 0;                         ///< of the scores (task::Outcome) where something was expected
    double at_step = 0;                      ///< of the loss at `step`, nats or squared error
    std::vector<double> probabilities = {};  ///< of the outputs there, (V); empty for values
  };
  /// The rules are in force besides the observation's, after them.
  Cost run(const std::vector<nn::ForceRule>& rules, const std::optional<Replacement>& other = {}) const;

  Index first() const { return first_; }
  Index last() const { return last_; }

 private:
  const observe::Observation<S>& observation_;
  Index first_, last_, step_;
};

extern template class WhatIf<float>;
extern template class WhatIf<double>;

}  // namespace gatescope::analysis
