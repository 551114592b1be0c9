#pragma once

#include <algorithm>

#include "core/checkpoint/model_file.h"

namespace gatescope::checkpoint {

/// Steps after which the model's training cut the gradient, while the state went on (truncated BPTT); 0 where
/// its file does not say, or sequences were read from a zero state (full BPTT).
inline Index truncation_of(const ModelFile& file) {
  if (!file.experiment.is_object() || !file.experiment.contains("training")) return 0;
  const nlohmann::json& training = file.experiment["training"];
  if (!training.is_object() || !training.contains("steps") || !training["steps"].is_number_integer())
    return 0;
  if (const auto bptt = training.find("bptt"); bptt != training.end() && *bptt == "full") return 0;
  return std::max<Index>(0, training["steps"].get<Index>());
}

}  // namespace gatescope::checkpoint
