#pragma once

#include <optional>
#include <vector>

#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {

/// The step of a trace whose loss was taken at one step only, else none.
std::optional<Index> loss_step(const trace::SequenceTrace<float>& text);

/// ‖dL/dx_t‖₂ over the units of a channel x, in nats a unit of x, by lag: entry k is k steps before step
/// `from` in the layer's own direction. Total derivatives, through every later step [hochreiter1997,
/// pascanu2013].
std::vector<double> gradient_over_lag(const nn::LayerTape<float>& tape, int channel, Index from);

/// What gradients over the lag are relative to: the norm at the loss step, or, of a memory that is read as
/// the step before left it, at the step before; 0 where there is no gradient.
double reference_of(const std::vector<double>& norms);

inline constexpr double kReachShare = 1e-3;

/// The number of steps back until less than `share` of reference_of() is left. None where it never
/// gets there within the text, or is not finite before it does; 0 where there is no gradient at all.
std::optional<Index> gradient_reach(const std::vector<double>& norms, double share = kReachShare);

}  // namespace gatescope::analysis
