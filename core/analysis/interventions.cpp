#include "core/analysis/interventions.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/analysis/onward.h"
#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace {

std::vector<int> gates_of(const nn::CellInfo& cell) {
  std::vector<int> gates;
  for (std::size_t k = 0; k < cell.channels.size(); ++k) {
    const nn::Channel& channel = cell.channels[k];
    if (channel.role == nn::Role::gate && channel.low == 0 && channel.high == 1)
      gates.push_back(static_cast<int>(k));
  }
  return gates;
}

}  // namespace

std::string why_no_interventions(const nn::CellInfo& cell, const nn::ModelSpec& spec) {
  if (gates_of(cell).empty()) return fmt::format("{} has no gates to close or open", cell.title);
  return why_not_onward(spec);
}

template <class S>
Index predicted_step(const observe::Observation<S>& observation, std::optional<Index> step) {
  if (!observation.network || !observation.sequence || observation.steps() == 0)
    fail("there is no prediction: {} has read nothing", observation.name);
  const Index last = observation.steps() - 1;
  if (step && (*step < 0 || *step > last)) fail("step {} does not exist, expected 0 to {}", *step, last);
  Index at = step.value_or(last);
  if (!step)
    while (at > 0 && !observation.sequence->expects(at)) --at;
  if (!observation.sequence->expects(at))
    fail("nothing was expected at step {}, so that there is no prediction to score", at);
  return at;
}

template <class S>
Interventions interventions(const observe::Observation<S>& observation, std::optional<Index> step,
                            std::optional<int> layer, trace::Watch* watch, std::optional<Index> most) {
  if (!watch) watch = Watched::watch();
  Interventions result;
  result.step = predicted_step(observation, step);
  const nn::ModelSpec& spec = observation.network->spec();
  const nn::CellInfo& cell = observation.network->cell();
  if (const std::string why = why_no_interventions(cell, spec); !why.empty())
    fail("{} has no interventions: {}", observation.name, why);
  result.layer = layer.value_or(spec.layers - 1);
  if (result.layer < 0 || result.layer >= spec.layers)
    fail("layer {} does not exist, expected 0 to {}", result.layer, spec.layers - 1);
  result.gates = gates_of(cell);
  if (most) result.first = std::max<Index>(0, result.step + 1 - *most);
  const auto count = static_cast<Index>(result.gates.size());
  result.closed = result.opened = Eigen::MatrixXd::Zero(count, result.step + 1);

  std::vector<std::unique_ptr<Onward<S>>> forced;  // one a gate and value, which runs the forced step alone
  for (const int gate : result.gates) {
    for (const double value : {0.0, 1.0}) {
      nn::ForceRule rule;
      rule.layer = result.layer;
      rule.channel = cell.channels[gate].symbol;
      rule.shift = value;
      forced.push_back(std::make_unique<Onward<S>>(observation, 1, std::span(&rule, 1)));
    }
  }
  const Index ways = 2 * count, steps_together = std::max<Index>(1, kRunsTogether / ways);
  if (watch) {
    std::int64_t expected = 0;
    for (Index first = result.first; first <= result.step; first += steps_together)
      expected += result.step + 1 - first;
    watch->expect(expected);
  }
  Onward<S> one(observation, 1);
  one.stand_before(result.step);
  one.read(result.step);
  one.step(result.step);
  result.without = -static_cast<double>(one.losses(result.step)[0]);
  Onward<S> runs(observation, ways * steps_together);
  for (Index first = result.first; first <= result.step; first += steps_together) {
    // Entries whose forced step is still to come do what the text did, and are then replaced.
    const Index last = std::min(result.step, first + steps_together - 1);
    runs.stand_before(first);
    for (Index t = first; t <= result.step; ++t) {
      runs.read(t);
      runs.step(t);
      if (t <= last) {
        for (Index way = 0; way < ways; ++way) {
          Onward<S>& of = *forced[way];
          of.stand_before(t);
          of.read(t);
          of.step(t);
          runs.take((t - first) * ways + way, of, 0);
        }
      }
      if (watch) watch->pass(1);
    }
    const Vector<S>& losses = runs.losses(result.step);
    for (Index t = first; t <= last; ++t) {
      for (Index way = 0; way < ways; ++way) {
        const double change = -static_cast<double>(losses[(t - first) * ways + way]) - result.without;
        (way % 2 == 0 ? result.closed : result.opened)(way / 2, t) = change;
      }
    }
  }
  return result;
}

template Interventions interventions(const observe::Observation<float>&, std::optional<Index>,
                                     std::optional<int>, trace::Watch*, std::optional<Index>);
template Interventions interventions(const observe::Observation<double>&, std::optional<Index>,
                                     std::optional<int>, trace::Watch*, std::optional<Index>);
template Index predicted_step(const observe::Observation<float>&, std::optional<Index>);
template Index predicted_step(const observe::Observation<double>&, std::optional<Index>);

}  // namespace gatescope::analysis
