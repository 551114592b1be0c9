// The steps of all cells. Compiled once for each level (core/CMakeLists.txt).

#include "core/math/level/tables.h"
#include "core/nn/cells/all.h"
#include "core/nn/level/step.h"

namespace gatescope::nn {
namespace {

template <class S, class List>
struct Table;
template <class S, class... Cells>
struct Table<S, CellList<Cells...>> {
  static constexpr CellSteps<S> all[] = {kStepsOf<Cells, S>...};
};

}  // namespace

const CellSteps<float>* const GATESCOPE_OF_LEVEL(steps_float) = Table<float, AllCells>::all;
const CellSteps<double>* const GATESCOPE_OF_LEVEL(steps_double) = Table<double, AllCells>::all;

}  // namespace gatescope::nn
