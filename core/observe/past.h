#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/nn/network.h"
#include "core/observe/memo.h"

namespace gatescope::observe {

/// The weights that a model had after one of its updates.
struct PastMoment {
  std::uint64_t update = 0;
  /// Its network, prepared, a new one at every call, on any thread; null once its weights were let go.
  std::function<std::shared_ptr<nn::Network<float>>()> network;
  /// What was measured of it, however often the model is observed anew; the models that learn together share
  /// it, each by its number.
  std::shared_ptr<Memo> memo;
  Index model = 0;
};

/// The moments of a model's training that are kept, and the one that is observed.
struct Past {
  std::vector<PastMoment> moments;  // rising
  std::uint64_t observed = 0;       // the update of the weights that were observed
  /// What hangs on the model, and not on its weights, as long as it is trained; PastMoment::model as there.
  std::shared_ptr<Memo> memo = nullptr;
  Index model = 0;
};

/// The network before its first update; null where that is not kept.
inline std::shared_ptr<nn::Network<float>> network_at_start(const Past* past) {
  if (!past) return nullptr;
  for (const PastMoment& moment : past->moments)
    if (moment.update == 0 && moment.network) return moment.network();
  return nullptr;
}

}  // namespace gatescope::observe
