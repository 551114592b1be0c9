#include "core/analysis/over_training.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/analysis/gated_memory.h"
#include "core/analysis/gradient_left.h"
#include "core/analysis/highway.h"
#include "core/analysis/keeps.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/observe/read_again.h"
#include "core/observe/sequence_key.h"

namespace gatescope::analysis {
namespace {

constexpr Index kMomentPositions = 4;              // of states and of losses
constexpr Index kDirections = 64, kOfLarger = 16;  // of the state that are led back
constexpr std::uint64_t kAnOctave = 8;             // moments that are measured
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The first steps of a sequence.
template <class S>
task::Sequence<S> beginning(task::Sequence<S> sequence, Index steps, Index most) {
  const auto cut = [&](auto& values) {
    if (steps > most && !values.empty())
      values.resize(values.size() / static_cast<std::size_t>(steps) * static_cast<std::size_t>(most));
  };
  cut(sequence.tokens), cut(sequence.values), cut(sequence.targets), cut(sequence.target_values),
      cut(sequence.expected);
  return sequence;
}

/// The last of the steps at which something is expected, and others evenly before it, rising.
template <class S>
std::vector<Index> loss_positions(const task::Sequence<S>& sequence, Index steps) {
  std::vector<Index> expected;
  for (Index t = 1; t < steps; ++t)
    if (sequence.expects(t)) expected.push_back(t);
  if (std::ssize(expected) <= kMomentPositions) return expected;
  std::vector<Index> some;
  for (Index n = 1; n <= kMomentPositions; ++n)
    some.push_back(expected[static_cast<std::size_t>(n * std::ssize(expected) / kMomentPositions - 1)]);
  return some;
}

template <class S>
double saturated_share(const trace::SequenceTrace<S>& text, const nn::CellInfo& cell) {
  std::vector<int> channels;
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
    if (cell.channels[k].role == nn::Role::gate) channels.push_back(k);
  if (channels.empty()) channels.push_back(cell.hidden());
  Index saturated = 0, all = 0;
  for (const nn::LayerTape<S>& tape : text.trace.tapes) {
    for (const int k : channels) {
      const nn::Channel& channel = cell.channels[k];
      if (!std::isfinite(channel.low)) continue;
      const bool ends = std::isfinite(channel.high);  // a rectifier is saturated where it is at its least
      const double low = ends ? channel.low + 0.1 * (channel.high - channel.low) : channel.low;
      const double high = ends ? channel.low + 0.9 * (channel.high - channel.low) : channel.high;
      const auto values = tape.values(k);
      for (Index n = is_set_at_first(cell, k) ? kFirstKeep : 0; n < tape.steps(); ++n) {
        for (const S v : values.middleCols(tape.step(n) * tape.batch(), tape.batch()).reshaped()) {
          if (!std::isfinite(v)) continue;
          const auto value = static_cast<double>(v);
          saturated += (ends ? value < low : value <= low) || value > high;
          ++all;
        }
      }
    }
  }
  return all > 0 ? static_cast<double>(saturated) / static_cast<double>(all) : kNone;
}

/// Of the gradients that a trace of one step's loss holds, up to `lag` steps before it: sum and number of the
/// keep gate's shares.
template <class S>
void add_highway(const nn::Network<S>& network, const trace::SequenceTrace<S>& text, Index loss, double& sum,
                 Index& count) {
  for (int layer = 0; layer < network.spec().layers; ++layer) {
    const Highway all = highway<S>(network, text.trace.tapes[static_cast<std::size_t>(layer)], {}, layer);
    for (Index t = std::max<Index>(0, loss - kMomentLag); t < loss; ++t) {
      const double share = all.ways.front().share[static_cast<std::size_t>(t)];
      if (std::isfinite(share)) sum += share, ++count;
    }
  }
}

/// A random gradient on its way back: its growth a step once it has turned to where it grows most.
template <class S>
double greatest_exponent(StateSteps<S>& steps) {
  const Index last = steps.steps() - 1, turning = last / 5;
  Matrix<S> gradient(steps.state().size, 1);
  Rng rng(7);
  for (S& v : gradient.reshaped()) v = static_cast<S>(rng.normal());
  double sum = 0;
  for (Index t = last; t > 0; --t) {
    const double before = gradient.template cast<double>().norm();
    steps.back(t, gradient);
    const double after = gradient.template cast<double>().norm();
    if (!(after > 0)) return after == 0 ? -std::numeric_limits<double>::infinity() : kNone;
    if (t <= last - turning) sum += std::log(after / before);
    gradient /= static_cast<S>(after);
  }
  return sum / static_cast<double>(last - turning);
}

Index passes_of(Index steps) {
  const LeftGrid grid = left_grid(steps, 1, kMomentPositions, kMomentLag, kDirections, kOfLarger);
  return std::ssize(grid.positions) * grid.lags.back() + steps - 1;
}

}  // namespace

std::string why_no_over_training(const nn::ModelSpec& spec) {
  return why_no_joint_state(spec);
}

template <class S>
MomentMeasure measure_moment(std::shared_ptr<const nn::Network<S>> network,
                             const task::Sequence<S>& sequence) {
  const nn::CellInfo& cell = network->cell();
  observe::Observation<S> observation;
  observation.network = network;
  observation.sequence = observe::values_of<S>(*network, sequence);
  StateSteps<S> steps(observation);
  MomentMeasure measure;
  const LeftGrid grid =
      left_grid(steps.steps(), steps.state().size, kMomentPositions, kMomentLag, kDirections, kOfLarger);
  measure.left = median_left(left_by_position(observation, grid, false)).back();
  measure.saturated = saturated_share(*observation.sequence, cell);
  measure.exponent = greatest_exponent(steps);
  measure.highway = kNone;
  if (!why_no_gated_memory(cell).empty()) return measure;
  double sum = 0;
  Index count = 0;
  for (const Index t : loss_positions(sequence, steps.steps())) {
    const trace::LossAt at{.kind = trace::LossAt::Kind::step, .step = t};
    add_highway(*network, trace::trace_sequence<S>(*network, sequence, at), t, sum, count);
  }
  if (count > 0) measure.highway = sum / static_cast<double>(count);
  return measure;
}

std::vector<std::size_t> measured_moments(const std::vector<std::uint64_t>& updates) {
  std::vector<std::size_t> some;
  for (std::size_t k = 0; k < updates.size(); ++k) {
    const std::uint64_t gap = std::max<std::uint64_t>(1, std::bit_floor(updates[k]) / kAnOctave);
    if (updates[k] % gap == 0) some.push_back(k);
  }
  return some;
}

template <class S>
OverTraining over_training(const observe::Observation<S>& observation) {
  if (!observation.past || observation.past->moments.empty())
    fail("{} has no moments of a training: they are kept while a window trains", observation.name);
  const observe::Past& past = *observation.past;
  if (const std::string why = why_no_over_training(observation.network->spec()); !why.empty())
    fail("{}: {}", observation.name, why);
  if (observation.steps() < 3)
    fail("{} read {} steps: what is left of a gradient needs three or more", observation.name,
         observation.steps());
  const task::Sequence<S>& read = *observation.sequence;
  const task::Sequence<S> sequence = beginning(read, observation.steps(), kMomentSteps);
  OverTraining all;
  all.steps = std::min(observation.steps(), kMomentSteps);
  all.lag = left_grid(all.steps, 1, kMomentPositions, kMomentLag, kDirections, kOfLarger).lags.back();
  const observe::Memo::Options key = observe::key_of(sequence);
  std::vector<std::uint64_t> updates;
  for (const observe::PastMoment& moment : past.moments) updates.push_back(moment.update);
  std::vector<std::size_t> places = measured_moments(updates);
  // The newest one as well while an earlier one is looked at: the way back to it.
  if (updates.back() > past.observed && (places.empty() || places.back() + 1 < updates.size()))
    places.push_back(updates.size() - 1);
  const auto add = [&](std::uint64_t update, const MomentMeasure& measure) {
    all.updates.push_back(update);
    all.measures.push_back(measure);
  };
  const auto add_observed = [&] {
    all.observed = all.updates.size();
    const auto now = [&] { return measure_moment<S>(observe::copy_of<S>(*observation.network), sequence); };
    add(past.observed, observation.memo ? *observation.memo->get("over training", key, now) : now());
  };
  bool added = false;
  for (std::size_t k = 0; k < places.size(); ++k) {
    Watched::expect(static_cast<Index>(places.size() - k) * passes_of(all.steps));
    const observe::PastMoment& moment = past.moments[places[k]];
    if (!added && moment.update >= past.observed) {
      add_observed();
      added = true;
    }
    if (moment.update == past.observed) continue;
    const auto measure = [&]() -> std::optional<MomentMeasure> {
      const auto network = moment.network();
      if (!network) return std::nullopt;  // it was let go meanwhile
      return measure_moment<S>(observe::copy_of<S>(*network), sequence);
    };
    observe::Memo::Options own = key;
    own.push_back(moment.model);
    if (const auto kept = moment.memo ? *moment.memo->get("over training", own, measure) : measure())
      add(moment.update, *kept);
  }
  if (!added) add_observed();
  return all;
}

template MomentMeasure measure_moment(std::shared_ptr<const nn::Network<float>>,
                                      const task::Sequence<float>&);
template MomentMeasure measure_moment(std::shared_ptr<const nn::Network<double>>,
                                      const task::Sequence<double>&);
template OverTraining over_training(const observe::Observation<float>&);
template OverTraining over_training(const observe::Observation<double>&);

}  // namespace gatescope::analysis
