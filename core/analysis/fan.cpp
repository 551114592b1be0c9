#include "core/analysis/fan.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/analysis/jacobian.h"
#include "core/analysis/singular_values.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/nn/plan.h"

namespace gatescope::analysis {

template <class S>
std::vector<double> kept_shares(const nn::LayerTape<S>& tape, std::span<const nn::ForceRule> rules, int layer,
                                Index t) {
  const nn::CellInfo& cell = tape.info();
  const int memory = cell.memory(), keep = cell.keep_gate();
  if (keep == nn::kNone) return {};
  const bool rest = cell.channels[keep].keeps == nn::Share::rest;
  const auto gate = tape.values(keep).col(t);
  std::vector<double> shares;
  for (Index row = 0; row < tape.width(memory); ++row) {
    const auto value =
        static_cast<double>(gate[nn::place_with(cell.channels[keep].extent, tape.sizes(), row)]);
    shares.push_back(rest ? 1 - value : value);
  }
  if (rules.empty()) return shares;
  const nn::Plan<S> plan(rules, layer, cell, tape.sizes());
  std::vector<nn::ForcedSteps<S>> forced;
  plan.append_to(forced, cell.channels.size());
  const Index number = tape.first_step + t;
  for (const nn::ForcedSteps<S>& rule : forced) {
    if (rule.channel != memory || rule.before_activation || number < rule.first || rule.last < number)
      continue;
    for (std::size_t row = 0; row < shares.size(); ++row) shares[row] *= static_cast<double>(rule.scale[row]);
  }
  return shares;
}

template <class S>
Fan fan(const observe::Observation<S>& observation, std::optional<Index> step, bool natural,
        std::optional<Index> most) {
  StateSteps<S> steps(observation, natural);
  const Index last = steps.steps() - 1;
  if (step && (*step < 0 || *step > last)) fail("step {} does not exist, expected 0 to {}", *step, last);
  Fan fan;
  fan.step = step.value_or(last);
  const bool ruled = !natural || !observation.natural;
  const trace::SequenceTrace<S>& text = ruled ? *observation.sequence : *observation.natural;
  std::span<const nn::ForceRule> rules;
  if (ruled) rules = observation.rules;
  const Index every = most ? (fan.step + *most) / std::max<Index>(1, *most) : 1;
  JacobianProduct<S> product(steps, fan.step);
  std::vector<std::vector<double>> kept(text.trace.tapes.size());
  Watched::expect(fan.step + (fan.step + every - 1) / every);
  for (Index lag = 0; lag <= fan.step; ++lag) {
    const Index t = fan.step - lag + 1;  // whose dependence on t - 1 is added
    if (lag > 0) product.back();
    std::vector<double> gates;
    for (std::size_t layer = 0; layer < kept.size(); ++layer) {
      const auto& tape = text.trace.tapes[layer];
      const std::vector<double> now =
          kept_shares(tape, rules, static_cast<int>(layer), std::min(t, fan.step));
      if (kept[layer].empty()) kept[layer].assign(now.size(), 1.0);
      for (std::size_t row = 0; lag > 0 && row < now.size(); ++row) kept[layer][row] *= now[row];
      for (const double value : kept[layer]) gates.push_back(std::abs(value));
    }
    if (lag % every != 0 && lag != fan.step) continue;
    std::ranges::sort(gates, std::greater<>());
    fan.lags.push_back(lag);
    fan.products.push_back(product.singular_values());
    fan.steps.push_back(lag == 0 ? std::vector<double>() : singular_values(steps.jacobian(t)));
    fan.gates_only.push_back(std::move(gates));
  }
  return fan;
}

template Fan fan(const observe::Observation<float>&, std::optional<Index>, bool, std::optional<Index>);
template Fan fan(const observe::Observation<double>&, std::optional<Index>, bool, std::optional<Index>);
template std::vector<double> kept_shares(const nn::LayerTape<float>&, std::span<const nn::ForceRule>, int,
                                         Index);
template std::vector<double> kept_shares(const nn::LayerTape<double>&, std::span<const nn::ForceRule>, int,
                                         Index);

}  // namespace gatescope::analysis
