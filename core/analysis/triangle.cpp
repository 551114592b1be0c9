#include "core/analysis/triangle.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "core/analysis/onward.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/nn/readout.h"
#include "core/observe/read_again.h"

namespace gatescope::analysis {
namespace {

constexpr Index kUnitsTogether = 64;  // whose runs, two each, are one batch
constexpr double kStep = 1e-5;        // of a hidden state: errors of 1e-10 from its square and from rounding

/// dL_s/dh_s of what leaves the topmost layer, by the read-out alone: (H, T); zero where nothing is expected.
template <class S>
Matrix<S> read_out_gradients(const nn::Network<S>& network, const trace::SequenceTrace<S>& text) {
  const nn::Interface& interface = network.interface();
  const Index steps = text.trace.steps;
  nn::Trace<S> scored;
  scored.steps = steps, scored.batch = 1;
  scored.outputs.resize(interface.outputs, steps);
  std::copy_n(text.trace.outputs.data(), interface.outputs * steps, scored.outputs.data());
  std::vector<char> expects;
  for (Index t = 0; t < steps; ++t) expects.push_back(text.expects(t));
  std::vector<int> no_targets(static_cast<std::size_t>(steps), -1);
  nn::score<S>(scored, interface.readout,
               {text.targets.empty() ? no_targets.data() : text.targets.data(), text.target_values.data(),
                expects.data()},
               1);
  return network.told_back(text.trace.tapes.back().values(network.cell().output), scored.output_gradients);
}

/// The weights that a step of the layers from this one on multiplies with, the read-out's among them.
double weights_from(const nn::ModelSpec& spec, const nn::Interface& interface, int layer) {
  double weights = static_cast<double>(interface.outputs * spec.hidden);
  const nn::ParameterTable table = nn::parameter_table(spec, interface);
  for (const nn::Parameter& parameter : table.all())
    for (int k = layer; k < spec.layers; ++k)
      if (parameter.name.ends_with("_l" + std::to_string(k)))
        weights += static_cast<double>(parameter.rows * parameter.cols);
  return weights;
}

/// Every how many steps a column is measured for so many multiplications; 0: none is.
Index measured_every(Index steps, double cost_of_a_step, double measuring) {
  const auto size = static_cast<double>(steps);
  const double all = size * (size + 1) / 2 * cost_of_a_step;
  if (steps == 0 || measuring <= 0) return 0;
  return std::max<Index>(1, static_cast<Index>(std::ceil(std::min(size, all / measuring))));
}

void measure(const observe::Observation<double>& observation, Triangle& result, trace::Watch* watch) {
  const Index steps = observation.steps(), hidden = observation.network->spec().hidden;
  const int state = observation.network->cell().hidden(), layer = result.layer;
  const Index together = std::min(hidden, kUnitsTogether);
  Onward<double> runs(observation, 2 * together);
  const auto& read = observation.sequence->trace.tapes[layer].values(state);
  for (const Index t : result.measured_steps) {
    const double size = kStep * std::max(1.0, read.col(t).norm() / std::sqrt(static_cast<double>(hidden)));
    Eigen::VectorXd squares = Eigen::VectorXd::Zero(steps);
    for (Index first = 0; first < hidden; first += together) {
      const Index count = std::min(together, hidden - first);
      for (int above = layer + 1; above < runs.layers(); ++above) runs.stand_before(above, t);
      runs.stand_before(layer, t + 1);
      MatrixView<double> h = runs.values(layer, state);
      for (Index n = 0; n < count; ++n) {
        h(first + n, 2 * n) += size;
        h(first + n, 2 * n + 1) -= size;
      }
      runs.leave(layer, t);
      runs.step(t, layer + 1);
      for (Index s = t; s < steps; ++s) {
        if (s > t) {
          if (layer > 0)
            runs.stand_before(layer - 1, s + 1);
          else
            runs.read(s);
          runs.step(s, layer);
        }
        if (!observation.sequence->expects(s)) continue;
        const Eigen::VectorXd& losses = runs.losses(s);
        for (Index n = 0; n < count; ++n) {
          const double slope = (losses[2 * n] - losses[2 * n + 1]) / (2 * size);
          squares[s] += slope * slope;
        }
      }
      if (watch) watch->pass(steps - t);
    }
    result.measured.col(t) = squares.cwiseSqrt();
  }
}

}  // namespace

std::string why_no_triangle(const nn::ModelSpec& spec) {
  if (!spec.bidirectional) return {};
  return "it reads in both directions: losses before a step depend on its states as well, so that there is "
         "no "
         "triangle";
}

template <class S>
Triangle computed_triangle(const observe::Observation<S>& observation, std::optional<int> layer,
                           trace::Watch* watch) {
  if (!observation.network || !observation.sequence)
    fail("there is no triangle: {} has read nothing", observation.name);
  const nn::ModelSpec& spec = observation.network->spec();
  if (const std::string why = why_no_triangle(spec); !why.empty())
    fail("{} has no triangle: {}", observation.name, why);
  Triangle result;
  result.layer = layer.value_or(spec.layers - 1);
  if (result.layer < 0 || result.layer >= spec.layers)
    fail("layer {} does not exist, expected 0 to {}", result.layer, spec.layers - 1);
  if (observation.steps() > kMostTriangleSteps)
    fail("{} steps are too many for a triangle, which has a cell for every two: expected {} or fewer",
         observation.steps(), kMostTriangleSteps);
  StateSteps<S> steps(observation);
  const Index count = steps.steps(), hidden = spec.hidden;
  const Matrix<S> seeds = read_out_gradients(*observation.network, *observation.sequence);
  result.loss_to_hidden = Eigen::MatrixXd::Zero(count, count);
  result.of_sum = Matrix<double>::Zero(hidden, count);
  std::vector<Matrix<S>> groups;  // of losses, from the last one on: dL/ds of each, a column
  Matrix<S> outputs;
  for (Index t = count - 1; t >= 0; --t) {
    // The loss of this step joins as one more column of the last group.
    if (groups.empty() || groups.back().cols() == kLossesTogether) groups.emplace_back(steps.state().size, 0);
    const Index joined = groups.back().cols() + 1;
    groups.back().conservativeResize(Eigen::NoChange, joined);
    groups.back().rightCols(1).setZero();
    outputs.setZero(hidden, joined);
    outputs.rightCols(1) = seeds.col(t);
    Index loss = count - 1;
    for (Matrix<S>& gradients : groups) {
      steps.back(t, gradients, &gradients == &groups.back() ? &outputs : nullptr);
      const MatrixView<S> here = steps.hidden_gradients(result.layer);
      for (Index column = 0; column < here.cols(); ++column, --loss) {
        const auto one = here.col(column).template cast<double>();
        result.loss_to_hidden(loss, t) = one.norm();
        result.of_sum.col(t) += one;
      }
      if (watch) watch->pass(1);
    }
  }
  result.measured = Eigen::MatrixXd::Constant(count, count, std::nan(""));
  for (Index k = 0; k < count; ++k) {
    result.row_sums.push_back(result.loss_to_hidden.row(k).sum());
    result.column_sums.push_back(result.loss_to_hidden.col(k).sum());
  }
  return result;
}

template <class S>
Triangle triangle(const observe::Observation<S>& observation, std::optional<int> layer, double measuring,
                  trace::Watch* watch) {
  if (!watch) watch = Watched::watch();
  const Index steps = observation.steps();
  std::int64_t expected = 0;
  for (Index t = 0; t < steps; ++t) expected += (steps - t + kLossesTogether - 1) / kLossesTogether;
  if (watch) watch->expect(expected);
  std::vector<Index> columns;
  Index every = 1;
  if (observation.network && steps > 0) {
    const nn::ModelSpec& spec = observation.network->spec();
    const double cost = 2 * static_cast<double>(spec.hidden) *
                        weights_from(spec, observation.network->interface(), layer.value_or(spec.layers - 1));
    every = measured_every(steps, cost, measuring);
    for (Index t = (every - 1) / 2; every > 0 && t < steps; t += every) columns.push_back(t);
    const Index pieces = (spec.hidden + kUnitsTogether - 1) / kUnitsTogether;
    for (const Index t : columns) expected += pieces * (steps - t);
    if (watch) watch->expect(expected);
  }
  Triangle result = computed_triangle(observation, layer, watch);
  result.measured_steps = std::move(columns);
  result.measured_every = every;
  if (result.measured_steps.empty()) return result;
  if constexpr (std::is_same_v<S, double>)
    measure(observation, result, watch);
  else
    measure(observe::read_again<double>(observation, observation.rules), result, watch);
  return result;
}

bool disagree(double computed, double measured) {
  if (!std::isfinite(computed) || !std::isfinite(measured))
    return std::isfinite(computed) != std::isfinite(measured);
  return std::abs(computed - measured) > 0.01 * std::max(computed, measured) + kMeasuredTo;
}

Disagreement disagreement(const Triangle& triangle) {
  Disagreement found;
  for (const Index t : triangle.measured_steps) {
    for (Index s = t; s < triangle.loss_to_hidden.rows(); ++s) {
      const double computed = triangle.loss_to_hidden(s, t), measured = triangle.measured(s, t);
      ++found.of;
      found.cells += disagree(computed, measured);
      const double size = std::max(computed, measured);
      if (size > 100 * kMeasuredTo)
        found.largest = std::max(found.largest, std::abs(computed - measured) / size);
    }
  }
  return found;
}

template Triangle triangle(const observe::Observation<float>&, std::optional<int>, double, trace::Watch*);
template Triangle triangle(const observe::Observation<double>&, std::optional<int>, double, trace::Watch*);
template Triangle computed_triangle(const observe::Observation<float>&, std::optional<int>, trace::Watch*);
template Triangle computed_triangle(const observe::Observation<double>&, std::optional<int>, trace::Watch*);

}  // namespace gatescope::analysis
