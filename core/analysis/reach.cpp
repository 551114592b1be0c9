#include "core/analysis/reach.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/jacobian.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/math/quantile.h"
#include "core/observe/held_out.h"
#include "core/observe/observe.h"
#include "core/observe/read_again.h"

namespace gatescope::analysis {
namespace {

/// Over the positions that have the lag; columns[k][lag].
Spread spread_of(const std::vector<std::vector<double>>& columns, Index lags) {
  Spread spread;
  for (Index lag = 0; lag < lags; ++lag) {
    std::vector<double> values;
    for (const std::vector<double>& column : columns)
      if (lag < std::ssize(column) && !std::isnan(column[lag])) values.push_back(column[lag]);
    std::ranges::sort(values);
    spread.lower.push_back(quantile(values, 0.25));
    spread.median.push_back(quantile(values, 0.5));
    spread.upper.push_back(quantile(values, 0.75));
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
  const Matrix<S> leaving = steps.text().trace.tapes.back().values(network.cell().output),
                  at_outputs = network.told_back(leaving, output_gradients(network, steps.text()));
  const auto columns = std::ssize(positions);
  Matrix<S> gradients = Matrix<S>::Zero(steps.state().size, columns), outputs, now;
  std::vector<std::vector<double>> norms(positions.size());
  for (Index t = steps.steps() - 1; t >= 0; --t) {
    outputs.setZero(at_outputs.rows(), columns);
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

/// Evenly apart among those there are, at most so many, from the last one on.
std::vector<Index> evenly(const std::vector<Index>& all, Index most) {
  std::vector<Index> some;
  const Index every = std::max<Index>(1, (std::ssize(all) + most - 1) / most);
  for (Index k = std::ssize(all) - 1; k >= 0; k -= every) some.push_back(all[static_cast<std::size_t>(k)]);
  std::ranges::reverse(some);
  return some;
}

template <class Sequence>
Reach::Positions positions_in(const Sequence& sequence, Index steps, Index most_states, Index most_losses) {
  std::vector<Index> later, expecting;  // the first step has no lag
  for (Index t = 0; t < steps; ++t) {
    if (t > 0) later.push_back(t);
    if (sequence.expects(t)) expecting.push_back(t);
  }
  return {.steps = steps, .states = evenly(later, most_states), .losses = evenly(expecting, most_losses)};
}

/// ‖ds_t/ds_{t-k}‖ of each position, by k from 0.
template <class S>
void add_state_norms(StateSteps<S>& steps, const std::vector<Index>& positions, Index most_lags,
                     std::vector<std::vector<double>>& norms) {
  for (const Index t : positions) {
    std::vector<double>& own = norms.emplace_back();
    JacobianProduct<S> product(steps, t);
    for (Index lag = 0; lag <= std::min(t, most_lags); ++lag) {
      if (lag > 0) product.back();
      own.push_back(product.norm());
    }
  }
}

/// A held-out sequence as the model reads it. The network is another one, for that of the observation stays
/// as it is forced.
template <class S>
observe::Observation<S> read_with(const observe::Observation<S>& observation, const observe::Pair& pair,
                                  bool natural) {
  const observe::Model<S> model{.name = observation.name,
                                .network = observe::copy_of<S>(*observation.network),
                                .alphabet = observation.alphabet};
  return observe::observe<S>(model, pair, natural ? std::vector<nn::ForceRule>() : observation.rules, {},
                             {.needs = {.tape = true}});
}

/// What is measured over: one sequence after the other, each in turn in memory.
template <class S>
class Sequences {
 public:
  Sequences(const observe::Observation<S>& observation, bool natural)
      : observation_(observation),
        natural_(natural && observation.natural),
        held_out_(observe::held_out(observation)) {}

  bool held_out() const { return held_out_ != nullptr; }
  Index count() const { return held_out_ ? std::ssize(*held_out_) : 1; }
  Reach::Positions positions(Index k, Index most_states) const {
    if (!held_out_)
      return positions_in(*observation_.sequence, observation_.steps(), most_states, kAllLosses);
    const observe::Pair& pair = (*held_out_)[static_cast<std::size_t>(k)];
    const auto steps = static_cast<Index>(
        pair.tokens.empty() ? pair.values.size() / static_cast<std::size_t>(interface().inputs)
                            : pair.tokens.size());
    return positions_in(pair, steps, most_states, most_states);
  }
  /// Calls `f` with the steps of a sequence.
  template <class F>
  void with(Index k, const F& f) const {
    if (held_out_) {
      const observe::Observation<S> read =
          read_with(observation_, (*held_out_)[static_cast<std::size_t>(k)], natural_);
      StateSteps<S> steps(read);
      f(steps);
    } else {
      StateSteps<S> steps(observation_, natural_);
      f(steps);
    }
  }

 private:
  static constexpr Index kAllLosses = std::numeric_limits<Index>::max() / 2;
  const nn::Interface& interface() const { return observation_.network->interface(); }

  const observe::Observation<S>& observation_;
  bool natural_;
  observe::HeldOutSequences held_out_;
};

}  // namespace

Index Reach::positions() const {
  Index all = 0;
  for (const Positions& each : sequences) all += std::ssize(each.states);
  return all;
}

Index Reach::loss_positions() const {
  Index all = 0;
  for (const Positions& each : sequences) all += std::ssize(each.losses);
  return all;
}

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
Reach reach(const observe::Observation<S>& observation, bool natural, Index positions, Index most_lags) {
  StateSteps<S>(observation, natural);  // throws where there is no joint state
  const Sequences<S> sequences(observation, natural);
  Reach reach;
  reach.held_out = sequences.held_out();
  const Index each = std::max<Index>(1, (positions + sequences.count() - 1) / sequences.count());
  std::vector<Index> all;
  for (Index k = 0; k < sequences.count(); ++k) {
    const Reach::Positions& own = reach.sequences.emplace_back(sequences.positions(k, each));
    all.insert(all.end(), own.states.begin(), own.states.end());
  }
  if (all.empty()) fail("{} read one step: there is no lag", observation.name);
  std::ranges::sort(all);
  // A lag is told where a quarter of the positions have it, or the last four.
  const auto enough =
      std::max<std::ptrdiff_t>(std::min<std::ptrdiff_t>(4, std::ssize(all)), std::ssize(all) / 4);
  const Index told = std::min(most_lags, all[all.size() - static_cast<std::size_t>(enough)]);
  for (Index lag = 0; lag <= told; ++lag) reach.lags.push_back(lag);
  Index passes = 0;
  for (const Reach::Positions& own : reach.sequences) {
    if (!own.losses.empty()) passes += own.steps;
    for (const Index t : own.states) passes += std::min(t, told);
  }
  Watched::expect(passes);
  std::vector<std::vector<double>> states, losses;
  for (Index k = 0; k < sequences.count(); ++k) {
    const Reach::Positions& own = reach.sequences[static_cast<std::size_t>(k)];
    sequences.with(k, [&](StateSteps<S>& steps) {
      add_state_norms(steps, own.states, told, states);
      if (own.losses.empty()) return;
      for (auto& norms : loss_norms(steps, *observation.network, own.losses, told))
        losses.push_back(std::move(norms));
    });
  }
  reach.state = spread_of(states, told + 1);
  reach.tail = fit_tail(reach.state.median);
  if (!losses.empty()) reach.loss = spread_of(losses, told + 1);
  return reach;
}

template Reach reach(const observe::Observation<float>&, bool, Index, Index);
template Reach reach(const observe::Observation<double>&, bool, Index, Index);

}  // namespace gatescope::analysis
