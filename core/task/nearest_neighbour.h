#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Nearest-neighbour search [beck2024]: the first step gives a reference point in a square, each later
/// one a point and a payload in [0, 1]; what is expected at each of these is the payload of the point that
/// was nearest to the reference so far. What was kept must give way whenever a better one comes. Values a
/// step: the point's two coordinates, each in [-1, 1], and the payload, 0 for the reference.
class NearestNeighbour final : public SingleSequences {
 public:
  /// `length` steps, 2 or more. Throws Error for others.
  NearestNeighbour(const Data& data, Index length);

 private:
  void write(Rng& rng, Sequence<float>& sequence) const override;
};

}  // namespace gatescope::task
