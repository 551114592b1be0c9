#pragma once

#include <cstdint>

#include "core/math/types.h"

namespace gatescope::nn {

/// Random numbers of a training depend on these and the layer, step and batch entry only, not on shards or
/// threads.
struct DropoutKey {
  std::uint64_t seed = 0, update = 0;
  Index first_entry = 0;  // where the trace's entries begin in the whole batch
  double own_share = 0;   // of a decoder's symbols: those that it told itself are read, not the truth
};

}  // namespace gatescope::nn
