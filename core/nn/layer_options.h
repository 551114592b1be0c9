#pragma once

#include <compare>

namespace gatescope::nn {

/// What a layer does besides its cell (input_filter.h, output_filter.h), in the order in which it does it.
struct LayerOptions {
  bool norm = false, token_shift = false, conv = false;
  bool head_norm = false, output_gate = false, projection = false, residual = false;
  bool width = false;  // of other than H numbers from the projection on

  auto operator<=>(const LayerOptions&) const = default;
};

}  // namespace gatescope::nn
