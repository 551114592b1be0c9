#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// Over what it is measured how much of a gradient is left by lag.
struct LeftGrid {
  std::vector<Index> positions;  ///< t, each of which has every lag
  std::vector<Index> lags;       ///< 0, 1, ..., K
  Index state = 0;               ///< S
  Index directions = 0;          ///< of the state that are led back: all S, else random orthonormal ones
};
/// At most so many positions and lags. All directions are led back of a state up to `directions`, and
/// `of_larger` of a larger one.
LeftGrid left_grid(Index steps, Index state, Index positions, Index lags, Index directions, Index of_larger);

/// log10(‖ds_t/ds_{t-k}‖_F / ‖ds_t/ds_t‖_F) of the joint state s by lag k: by how much a random gradient
/// shrinks (below 0) or grows on its way back, as a root mean square [pascanu2013]. By position, under the
/// rules or without them; -infinity: nothing at all, NaN: not finite. Passes the watch (watched.h)
/// positions * lags times.
template <class S>
std::vector<std::vector<double>> left_by_position(const observe::Observation<S>& observation,
                                                  const LeftGrid& grid, bool natural);
/// The median of such curves by lag; NaN where half of them or more are.
std::vector<double> median_left(const std::vector<std::vector<double>>& curves);

/// The first lag at which such a curve has come to a level (at or below one below 0, at or above one above
/// it), between the two lags on either side; none where it never does.
std::optional<double> lag_of_level(std::span<const double> left, double level);
inline constexpr double kTenthLeft = -1, kTenfold = 1;

extern template std::vector<std::vector<double>> left_by_position(const observe::Observation<float>&,
                                                                  const LeftGrid&, bool);
extern template std::vector<std::vector<double>> left_by_position(const observe::Observation<double>&,
                                                                  const LeftGrid&, bool);

}  // namespace gatescope::analysis
