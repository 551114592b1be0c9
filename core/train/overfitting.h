#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/train/metrics.h"

namespace gatescope::train {

/// How one model stands on the data that is never learnt.
struct HeldOutStanding {
  std::uint64_t best_update = 0,
                last_update = 0;  // of the lowest measurement (the first of them), and of the last
  double best = 0, last = 0;      // nats a scored step (squared error for a linear read-out)
  /// The loss held out has clearly risen since best_update, while that in training fell: the model learns its
  /// text by heart.
  bool overfitting = false;

  bool operator==(const HeldOutStanding&) const = default;
};

/// From one model's rows, by update; none where nothing was measured. It is overfitting where, of
/// kLeastMeasurements or more,
///   each of the last kPatience lies above the lowest by kLeastRise of it and by `least_rise` (in the loss's
///   own unit); their mean lies as far above the lowest mean of as many in a row, and kNoises times what
///   single ones scatter by themselves; and the training loss meanwhile is lower than it was at that lowest
///   mean.
std::optional<HeldOutStanding> held_out_standing(std::span<const MetricsRow> rows, double least_rise);

inline constexpr double kLeastRiseInNats = 0.02;  // for `least_rise`
inline constexpr std::size_t kPatience = 3, kLeastMeasurements = 6;
inline constexpr double kLeastRise = 0.02;
inline constexpr double kNoises = 5;

}  // namespace gatescope::train
