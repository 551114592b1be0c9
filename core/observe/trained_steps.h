#pragma once

#include "core/observe/observation.h"

namespace gatescope::observe {

/// After how many steps the training of an observation's model cuts the gradient, while the state goes on
/// (truncated BPTT), where whoever made the observation knows it: kept with what was computed of it. The
/// first that is said stays; 0: not known.
template <class S>
void say_trained_steps(const Observation<S>& observation, Index steps) {
  if (observation.memo && steps > 0) observation.memo->get("trained steps", {}, [steps] { return steps; });
}

template <class S>
Index trained_steps(const Observation<S>& observation) {
  if (!observation.memo || observation.memo->computations("trained steps") == 0) return 0;
  return *observation.memo->get("trained steps", {}, [] { return Index(0); });
}

}  // namespace gatescope::observe
