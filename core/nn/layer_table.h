#pragma once

#include "core/nn/cell.h"
#include "core/nn/layer_options.h"
#include "core/nn/model_spec.h"

namespace gatescope::nn {

/// Where the channels and parameters of a layer's options are in its tables; kNone where it lacks the option.
struct LayerPlaces {
  // Channels before the cell (input_filter.h),
  int x = kNone, size = kNone, normed = kNone, shifted = kNone, past = kNone, convolved = kNone;
  // and after it (output_filter.h).
  int mean = kNone, deviation = kNone, head_normed = kNone, net = kNone, gate = kNone, gated = kNone,
      copied = kNone, projected = kNone, skipped = kNone, output = kNone;
  // Parameters.
  int norm_scale = kNone, mu = kNone, taps = kNone, bias = kNone, head_scale = kNone, gate_weight = kNone,
      out_weight = kNone;

  /// What the token shift mixes with its step before.
  constexpr int before_shift() const { return normed == kNone ? x : normed; }
  /// What enters the convolution, and the output gate.
  constexpr int source() const { return shifted == kNone ? before_shift() : shifted; }
  /// What the gate, the projection and the residual connection read, of a cell with that hidden state.
  constexpr int after_norm(int hidden) const { return head_normed == kNone ? hidden : head_normed; }
  constexpr int after_gate(int hidden) const { return gated == kNone ? after_norm(hidden) : gated; }
  constexpr int after_projection(int hidden) const {
    return projected == kNone ? after_gate(hidden) : projected;
  }
  /// What the projection's product takes.
  constexpr int to_project(int hidden) const { return copied == kNone ? after_gate(hidden) : copied; }
  /// What enters the cell.
  constexpr int entrance() const { return convolved == kNone ? source() : convolved; }
  /// Whether anything is done after the cell.
  constexpr bool after_cell() const {
    return head_normed != kNone || gated != kNone || projected != kNone || output != kNone;
  }
};

inline LayerOptions layer_options(const ModelSpec& spec) {
  return {.norm = spec.norm,
          .token_shift = spec.token_shift,
          .conv = spec.conv != 0,
          .head_norm = spec.head_norm,
          .output_gate = spec.output_gate,
          .projection = spec.projection,
          .residual = spec.residual,
          .width = spec.width != 0 && spec.width != spec.hidden};
}

/// The tables of a cell in a layer with these options: its own, and after them those of the options. They are
/// made when they are first asked for, and stay where they are. Safe from any thread.
const CellInfo& with_options(const CellInfo& plain, const LayerOptions& options);

/// Whether as many numbers leave a layer with a residual connection as enter it, so that there is something
/// to add.
bool adds_input(const CellInfo& cell, const Sizes& sizes);

/// The channel that holds the input as it came, before any option; kNone where a layer has none.
int filtered_channel(const CellInfo& cell);

}  // namespace gatescope::nn
