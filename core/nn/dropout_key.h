#pragma once

#include <cstdint>

#include "core/math/rng.h"
#include "core/math/types.h"

namespace gatescope::nn {

/// Random numbers of a training depend on these and the layer, step and batch entry only, not on shards or
/// threads.
struct DropoutKey {
  std::uint64_t seed = 0, update = 0;
  Index first_entry = 0;  // where the trace's entries begin in the whole batch
  double own_share = 0;   // of a decoder's symbols: those that it told itself are read, not the truth
};

/// Sets the factors of what enters a layer at a step of one entry: 0 with probability p, else 1/(1-p).
template <class S, class Factors>
void draw_mask(const DropoutKey& key, double p, int layer, Index step, Index entry, Factors&& mask) {
  Rng rng{key.seed, key.update, static_cast<std::uint64_t>(layer), static_cast<std::uint64_t>(step),
          static_cast<std::uint64_t>(key.first_entry + entry)};
  const S kept = static_cast<S>(1 / (1 - p));
  for (Index unit = 0; unit < static_cast<Index>(mask.size()); ++unit)
    mask[unit] = rng.uniform() < p ? S(0) : kept;
}

}  // namespace gatescope::nn
