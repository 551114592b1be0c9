#pragma once

#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// The Lyapunov exponents of the joint state over what was read: by how much small changes of it grow or
/// fade a step, in nats, in S directions, from the Jacobians of all steps by QR [engelken2020]. 0 keeps,
/// below 0 fades, above 0 is chaos.
struct Lyapunov {
  Index transient = 0, steps = 0;  ///< steps that only turn the directions, and those that count
  std::vector<double> exponents;   ///< (S) from the greatest down; -infinity where all is lost
  std::vector<double> running;     ///< the greatest one as it was known after each step that counts
  std::vector<double> gates_only;  ///< of what the keep gates carry alone; empty without one
};

/// Throws Error for a model without a joint state and where the text is shorter than three steps.
template <class S>
Lyapunov lyapunov(const observe::Observation<S>& observation, bool natural = false);

extern template Lyapunov lyapunov(const observe::Observation<float>&, bool);
extern template Lyapunov lyapunov(const observe::Observation<double>&, bool);

}  // namespace gatescope::analysis
