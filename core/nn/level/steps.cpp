// The steps of all cells. Compiled once for each level (core/CMakeLists.txt).

#include "core/math/level/tables.h"
#include "core/nn/cells/all.h"
#include "core/nn/level/step.h"

namespace gatescope::nn {
namespace {

template <class C, class S, bool Forced>
void run_forward(const StepSequence<S>& q) {
  Steps<C, S, Forced> steps(q);
  for (Index n = 0; n < q.steps; ++n) steps.forward(q.first + (q.reverse ? q.steps - 1 - n : n));
}

template <class C, class S, bool Forced>
void run_backward(const StepSequence<S>& q) {
  Steps<C, S, Forced> steps(q);
  for (Index n = q.steps - 1; n >= 0; --n) steps.backward(q.first + (q.reverse ? q.steps - 1 - n : n));
}

template <class C, class S>
void forward(const StepSequence<S>& sequence) {
  sequence.forced_count > 0 ? run_forward<C, S, true>(sequence) : run_forward<C, S, false>(sequence);
}
template <class C, class S>
void backward(const StepSequence<S>& sequence) {
  sequence.forced_count > 0 ? run_backward<C, S, true>(sequence) : run_backward<C, S, false>(sequence);
}

template <class S, class List>
struct Table;
template <class S, class... Cells>
struct Table<S, CellList<Cells...>> {
  static constexpr CellSteps<S> all[] = {{forward<Cells, S>, backward<Cells, S>}...};
};

}  // namespace

const CellSteps<float>* const GATESCOPE_OF_LEVEL(steps_float) = Table<float, AllCells>::all;
const CellSteps<double>* const GATESCOPE_OF_LEVEL(steps_double) = Table<double, AllCells>::all;

}  // namespace gatescope::nn
