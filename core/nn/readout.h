#pragma once

#include "core/nn/model_spec.h"
#include "core/nn/trace.h"

namespace gatescope::nn {

/// What the outputs are compared with. For softmax: a class for each step, or -1 where the step is not
/// scored. For linear: values (V, T*B) and whether each step is scored.
template <class S>
struct Targets {
  const int* classes = nullptr;  // (T*B)
  const S* values = nullptr;     // (V, T*B)
  const char* scored = nullptr;  // (T*B), with values
};

/// Loss of every scored step, in the trace, and the gradient of `scale` times their sum with respect to the
/// outputs.
///   softmax: cross-entropy -log softmax(y)_target, in nats
///   linear: squared error, averaged over the V outputs
template <class S>
void score(Trace<S>& trace, Readout readout, const Targets<S>& targets, double scale);

extern template void score(Trace<float>&, Readout, const Targets<float>&, double);
extern template void score(Trace<double>&, Readout, const Targets<double>&, double);

}  // namespace gatescope::nn
