#include "core/analysis/reach.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/jacobian.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace {

/// Of sorted numbers.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] == sorted[high]
             ? sorted[low]
             : sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

/// Over the positions that have the lag; columns[k][lag].
Spread spread_of(const std::vector<std::vector<double>>& columns, Index lags) {
  Spread spread;
  for (Index lag = 0; lag < lags; ++lag) {
    std::vector<double> values;
    for (const std::vector<double>& column : columns)
      if (lag < std::ssize(column) && !std::isnan(column[lag])) values.push_back(column[lag]);
    std::ranges::sort(values);
    const auto at = [&](double share) {
      return values.empty() ? std::numeric_limits<double>::quiet_NaN() : quantile(values, share);
    };
    spread.lower.push_back(at(0.25));
    spread.median.push_back(at(0.5));
    spread.upper.push_back(at(0.75));
  }
  return spread;
}

/// dL_t/dlogits of every step's own loss, (V, T); zero where nothing is expected.
template <class S>
Matrix<S> output_gradients(const nn::Network<S>& network, const trace::SequenceTrace<S>& text) {
  const Index steps = text.trace.steps, outputs = network.interface().outputs;
  Matrix<S> gradients = Matrix<S>::Zero(outputs, steps);
  for (Index t = 0; t < steps; ++t) {
    if (!text.expects(t)) continue;
    const auto out = text.trace.outputs.col(t);
    if (network.interface().readout == nn::Readout::softmax) {
      const Vector<S> e = (out.array() - out.maxCoeff()).exp().matrix();
      gradients.col(t) = e / e.sum();
      gradients(text.targets[t], t) -= S(1);
    } else {
      const Eigen::Map<const Vector<S>> expected(text.target_values.data() + t * outputs, outputs);
      gradients.col(t) = (out - expected) * (S(2) / static_cast<S>(outputs));
    }
  }
  return gradients;
}

/// ‖dL_t/ds_{t-k}‖ of every step's loss, all in one batched pass.
template <class S>
std::vector<std::vector<double>> loss_norms(StateSteps<S>& steps, const nn::Network<S>& network,
                                            const std::vector<Index>& positions, Index most_lags) {
  const nn::Parameter& head = *network.table().find("head.weight");
  const ConstMatrixView<S> weight(network.parameters().data() + head.offset, head.rows, head.cols);
  const Matrix<S> at_outputs = weight.transpose() * output_gradients(network, steps.text());
  const auto columns = std::ssize(positions);
  Matrix<S> gradients = Matrix<S>::Zero(steps.state().size, columns), outputs, now;
  std::vector<std::vector<double>> norms(positions.size());
  for (Index t = steps.steps() - 1; t >= 0; --t) {
    outputs.setZero(weight.cols(), columns);
    for (Index k = 0; k < columns; ++k)
      if (positions[k] == t) outputs.col(k) = at_outputs.col(t);
    steps.back(t, gradients, &outputs, &now);
    for (Index k = 0; k < columns; ++k) {
      const Index lag = positions[k] - t;
      if (lag >= 0 && lag <= most_lags) norms[k].push_back(now.col(k).template cast<double>().norm());
    }
  }
  return norms;
}

}  // namespace

Tail fit_tail(const std::vector<double>& norms) {
  Tail tail;
  Index end = 0;  // the lags that can be fitted, from 0
  while (end < std::ssize(norms) && std::isfinite(norms[end]) && norms[end] > 0) ++end;
  if (end < std::ssize(norms) && norms[end] == 0) tail.gone = end;
  const Index last = std::max<Index>(end - 1, 0);
  tail.from = std::max(last / 2, last - 100);
  tail.to = last;
  const double count = static_cast<double>(tail.to - tail.from + 1);
  double x = 0, y = 0, xx = 0, xy = 0;
  for (Index lag = tail.from; lag <= tail.to && end > 0; ++lag) {
    const double l = static_cast<double>(lag), v = std::log(norms[lag]);
    x += l, y += v, xx += l * l, xy += l * v;
  }
  const double spread = count * xx - x * x;
  const double slope = spread > 0 ? (count * xy - x * y) / spread : 0;
  tail.ratio = std::exp(slope);
  tail.time_constant = slope < 0 ? -1 / slope : std::numeric_limits<double>::infinity();
  if (end == 0) return tail;
  tail.censored = !tail.gone && tail.time_constant > static_cast<double>(last);
  tail.grown = norms[last] / norms[0];
  return tail;
}

template <class S>
Reach reach(const observe::Observation<S>& observation, bool natural, Index most_positions, Index most_lags) {
  StateSteps<S> steps(observation, natural);
  const Index count = steps.steps();
  if (count < 2) fail("{} read one step: there is no lag", observation.name);
  Reach reach;
  // From the end on, so that the last position has every lag.
  const Index every = std::max<Index>(1, (count - 1 + most_positions - 1) / most_positions);
  for (Index t = count - 1; t > 0; t -= every) reach.positions.push_back(t);
  std::ranges::reverse(reach.positions);
  // A lag is told where a quarter of the positions have it, or the last four.
  const auto enough = std::max<std::ptrdiff_t>(std::min<std::ptrdiff_t>(4, std::ssize(reach.positions)),
                                               std::ssize(reach.positions) / 4);
  const Index told = std::min(most_lags, reach.positions[reach.positions.size() - enough]);
  for (Index lag = 0; lag <= told; ++lag) reach.lags.push_back(lag);
  for (Index t = 0; t < count; ++t)
    if (steps.text().expects(t)) reach.loss_positions.push_back(t);
  Index passes = reach.loss_positions.empty() ? 0 : count;
  for (const Index t : reach.positions) passes += std::min(t, told);
  Watched::expect(passes);
  std::vector<std::vector<double>> norms;
  for (const Index t : reach.positions) {
    std::vector<double>& own = norms.emplace_back();
    Matrix<S> product = Matrix<S>::Identity(steps.state().size, steps.state().size);
    int exponent = 0;
    for (Index lag = 0; lag <= std::min(t, told); ++lag) {
      if (lag > 0) steps.back(t - lag + 1, product);
      rescale(product, exponent);
      own.push_back(std::ldexp(product.template cast<double>().norm(), exponent));
    }
  }
  reach.state = spread_of(norms, told + 1);
  reach.tail = fit_tail(reach.state.median);
  if (!reach.loss_positions.empty())
    reach.loss = spread_of(loss_norms(steps, *observation.network, reach.loss_positions, told), told + 1);
  return reach;
}

template Reach reach(const observe::Observation<float>&, bool, Index, Index);
template Reach reach(const observe::Observation<double>&, bool, Index, Index);

}  // namespace gatescope::analysis
