#include "core/analysis/gradient_left.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/jacobian.h"
#include "core/analysis/state_steps.h"
#include "core/nn/initialise.h"

namespace gatescope::analysis {
namespace {

constexpr std::uint64_t kDirectionsSeed = 0x6a1f;

/// The directions of a state that are led back, (S, D), orthonormal; of all of them the identity.
template <class S>
Matrix<S> directions_of(Index state, Index directions) {
  if (directions == state) return Matrix<S>::Identity(state, state);
  Rng rng(kDirectionsSeed);
  return nn::orthogonal_matrix(state, directions, rng).template cast<S>();
}

}  // namespace

LeftGrid left_grid(Index steps, Index state, Index positions, Index lags, Index directions, Index of_larger) {
  LeftGrid grid;
  grid.state = state;
  grid.directions = state <= directions ? state : std::min(state, of_larger);
  const Index last = steps - 1, most = std::clamp<Index>(last * 3 / 4, 1, lags);
  for (Index n = 0; n < positions; ++n) {
    const Index t = positions == 1 ? last : most + (last - most) * n / (positions - 1);
    if (grid.positions.empty() || grid.positions.back() != t) grid.positions.push_back(t);
  }
  for (Index lag = 0; lag <= most; ++lag) grid.lags.push_back(lag);
  return grid;
}

template <class S>
std::vector<std::vector<double>> left_by_position(const observe::Observation<S>& observation,
                                                  const LeftGrid& grid, bool natural) {
  StateSteps<S> steps(observation, natural);
  const Matrix<S> directions = directions_of<S>(grid.state, grid.directions);
  std::vector<std::vector<double>> curves;
  const double whole = 0.5 * std::log10(static_cast<double>(directions.cols()));
  for (const Index t : grid.positions) {
    std::vector<double>& curve = curves.emplace_back();
    JacobianProduct<S> product(steps, t, directions);
    for (const Index lag : grid.lags) {
      if (lag > 0) product.back();
      curve.push_back(lag == 0 ? 0 : product.log10_norm() - whole);
    }
  }
  return curves;
}

std::vector<double> median_left(const std::vector<std::vector<double>>& curves) {
  std::vector<double> median;
  for (std::size_t lag = 0; lag < curves.front().size(); ++lag) {
    std::vector<double> values;
    for (const std::vector<double>& curve : curves)
      if (!std::isnan(curve[lag])) values.push_back(curve[lag]);
    std::ranges::sort(values);
    const std::size_t count = values.size();
    if (2 * count <= curves.size())
      median.push_back(std::numeric_limits<double>::quiet_NaN());
    else if (values[(count - 1) / 2] == values[count / 2])  // both may be infinite
      median.push_back(values[count / 2]);
    else
      median.push_back((values[(count - 1) / 2] + values[count / 2]) / 2);
  }
  return median;
}

std::optional<double> lag_of_level(std::span<const double> left, double level) {
  const double sign = level < 0 ? -1 : 1;
  for (std::size_t lag = 1; lag < left.size(); ++lag) {
    if (!(sign * left[lag] >= sign * level)) continue;
    const double before = left[lag - 1], after = left[lag];
    const double part = std::isfinite(after) ? (level - before) / (after - before) : 0;
    return static_cast<double>(lag - 1) + std::clamp(part, 0.0, 1.0);
  }
  return std::nullopt;
}

template std::vector<std::vector<double>> left_by_position(const observe::Observation<float>&,
                                                           const LeftGrid&, bool);
template std::vector<std::vector<double>> left_by_position(const observe::Observation<double>&,
                                                           const LeftGrid&, bool);

}  // namespace gatescope::analysis
