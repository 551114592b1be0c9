#include "core/analysis/what_if.h"

#include "core/analysis/next_characters.h"
#include "core/analysis/onward.h"

namespace gatescope::analysis {

template <class S>
auto WhatIf<S>::run(const std::vector<nn::ForceRule>& rules, const std::optional<Replacement>& other) const
    -> Cost {
  Onward<S> onward(observation_, 1, rules);
  onward.stand_before(first_);
  Cost cost;
  double sum = 0;
  Index scored = 0;
  for (Index t = first_; t <= last_; ++t) {
    onward.read(t);
    if (other && other->step == t) onward.characters()[0] = other->character;
    onward.step(t);
    if (!observation_.sequence->expects(t)) continue;
    const double loss = static_cast<double>(onward.losses(t)[0]);
    sum += loss;
    ++scored;
    if (t != step_) continue;
    cost.at_step = loss;
    if (observation_.network->interface().readout == nn::Readout::softmax)
      cost.probabilities = probabilities(onward.outputs().col(0));
  }
  cost.mean = observation_.outcome().factor * sum / static_cast<double>(scored);
  return cost;
}

template class WhatIf<float>;
template class WhatIf<double>;

}  // namespace gatescope::analysis
