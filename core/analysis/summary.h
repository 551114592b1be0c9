#pragma once

#include <span>
#include <vector>

#include "core/math/types.h"

namespace gatescope::analysis {

/// Moments of the finite values among those given; all in the values' own unit, NaN where there is none.
struct Summary {
  double mean = 0, deviation = 0;  ///< the deviation is the root of the mean square about the mean
  double least = 0, greatest = 0;
  Index finite = 0;
};

/// Of any strided vector or matrix expression of floats.
Summary summarise(
    const Eigen::Ref<const Matrix<float>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>& values);

/// The size up to which a scale for all units goes, in the values' own unit: the greatest, or where that is
/// far beyond that of 19 values of 20, the latter: one unit must not set the scale of all. NaN where none is
/// finite.
double usual_size(const ConstMatrixView<float>& values);

/// The size that this share (0..1) of the finite values do not exceed, in the values' own unit: what a robust
/// range is made of. Of very many values some, evenly spaced, stand for all. NaN where there is none.
double size_of_share(const ConstMatrixView<float>& values, double share);

/// The mean of the finite ones; NaN where there is none.
double mean_of_finite(std::span<const double> values);
/// Of those from entry `first` to before entry `end`.
double mean_of_finite(std::span<const double> values, Index first, Index end);

/// Of every unit, the rows of `values` (H, T), by itself; (H).
std::vector<Summary> summarise_units(const ConstMatrixView<float>& values);

/// Units (rows of `values`, (H, T)) worth looking at together: each varies much, and otherwise than those
/// before it. The first varies most; the next is that with the greatest deviation times √(1 − r²), r its
/// strongest correlation with one already chosen; of equals the first. At most `count` of them.
std::vector<int> telling_units(const ConstMatrixView<float>& values, int count);

/// The units (rows of `values`, (H, T)) whose values vary most over the steps, most first; units that vary
/// alike stand in their own order. At most `count` of them.
std::vector<int> most_varying_units(const ConstMatrixView<float>& values, int count);

}  // namespace gatescope::analysis
