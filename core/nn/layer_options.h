#pragma once

#include <compare>

#include "core/nn/model_spec.h"

namespace gatescope::nn {

/// What a layer does besides its cell (input_filter.h, output_filter.h), in the order in which it does it.
struct LayerOptions {
  bool norm = false, token_shift = false, conv = false;
  bool head_norm = false, output_gate = false, projection = false, residual = false;

  auto operator<=>(const LayerOptions&) const = default;
};

inline LayerOptions layer_options(const ModelSpec& spec) {
  return {.norm = spec.norm,
          .token_shift = spec.token_shift,
          .conv = spec.conv != 0,
          .head_norm = spec.head_norm,
          .output_gate = spec.output_gate,
          .projection = spec.projection,
          .residual = spec.residual};
}

}  // namespace gatescope::nn
