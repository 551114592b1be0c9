#include "core/analysis/highway.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/step_gradient.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace {

/// The gate or candidate that people know a channel by: one that does nothing but enter a candidate is
/// counted with it.
int known_as(const nn::CellInfo& cell, int k) {
  const auto role = [&](int other) { return cell.channels[other].role; };
  if (role(k) != nn::Role::internal) return k;
  const int candidate = cell.first(nn::Role::candidate);
  const std::string symbol = nn::written(cell.channels[k]);
  for (const nn::Formula& formula : cell.plain ? cell.plain->formulas : cell.formulas) {
    const bool enters =
        formula.text.find(symbol) != std::string_view::npos || cell.product(k, formula.channel);
    if (formula.channel != k && enters && formula.channel != candidate) return k;
  }
  return candidate;
}

template <class S>
std::map<int, Gradients> gradients_at(const nn::LayerTape<S>& tape, const StepGradient<S>& gradient,
                                      Index t) {
  std::map<int, Gradients> all;
  const auto take = [&](int k) {
    all[k] = std::as_const(tape).gradients(k).col(t).template cast<double>().array();
  };
  for (const int state : gradient.states()) take(state);
  take(tape.info().hidden());
  return all;
}

}  // namespace

template <class S>
Highway highway(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
                std::span<const nn::ForceRule> rules, int layer) {
  using Kind = HighwayWay::Kind;
  const nn::CellInfo& cell = tape.info();
  if (const std::string why = why_no_gated_memory(cell); !why.empty()) fail("{}", why);
  const StepGradient<S> gradient(network, tape, rules, layer);
  const int memory = cell.memory(), output = cell.hidden();
  const Index rows = tape.width(memory), steps = tape.steps();
  const auto way = [&](Kind kind, int channel) {
    return HighwayWay{kind, channel, gatescope::Matrix<double>::Zero(rows, steps),
                      std::vector<double>(static_cast<std::size_t>(steps))};
  };
  Highway all{.total = tape.gradients(memory).template cast<double>(), .ways = {}};
  all.ways.push_back(way(Kind::keep, cell.keep_gate()));
  for (const int k : gradient.entrances()) {
    const int known = known_as(cell, k);
    const bool there = std::ranges::any_of(
        all.ways, [&](const HighwayWay& w) { return w.kind == Kind::channel && w.channel == known; });
    if (k != memory && k != output && !there) all.ways.push_back(way(Kind::channel, known));
  }
  all.ways.push_back(way(Kind::output, output));
  const auto way_of = [&](int k) {
    if (k == memory) return std::size_t{0};
    const int known = known_as(cell, k);
    std::size_t n = 1;
    while (all.ways[n].channel != known) ++n;
    return n;
  };
  const bool carried = std::ranges::find(gradient.states(), output) != gradient.states().end();

  // Where a gradient has all but left the precision's range its last digits are gone.
  const double least = 1e8 * static_cast<double>(std::numeric_limits<S>::min());
  for (Index n = 0; n < steps; ++n) {
    const Index t = tape.step(n), next = tape.reverse() ? t - 1 : t + 1;
    // Of the output at this step, a column a way; the memory's own are there at once.
    Gradients of_output = Gradients::Zero(tape.width(output), static_cast<Index>(all.ways.size()));
    Gradients left = tape.gradients(output).col(t).template cast<double>().array();
    if (n + 1 < steps) {
      for (const EnteredBy& entered : gradient.back(next, gradients_at(tape, gradient, next))) {
        if (entered.state != memory && entered.state != output) continue;
        const std::size_t by = way_of(entered.channel);
        if (entered.state == memory) all.ways[by].part.col(t) += entered.part.matrix();
        if (entered.state == output) left -= entered.part;
        if (entered.state == output && memory != output)
          of_output.col(static_cast<Index>(by)) += entered.part.col(0);
      }
    }
    if (!carried) left = tape.gradients(output).col(t).template cast<double>().array();
    of_output.rightCols(1) = left;
    const Gradients to_memory = gradient.to_memory(t, of_output);
    double sum = 0;
    for (std::size_t w = 0; w < all.ways.size(); ++w) {
      all.ways[w].part.col(t) += to_memory.col(static_cast<Index>(w)).matrix();
      sum += all.ways[w].part.col(t).cwiseAbs().sum();
    }
    for (HighwayWay& each : all.ways)
      each.share[t] =
          sum > least ? each.part.col(t).cwiseAbs().sum() / sum : std::numeric_limits<double>::quiet_NaN();
  }
  tape.release();
  return all;
}

template <class S>
Carousel carousel(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
                  std::span<const nn::ForceRule> rules, int layer, Index step, Index lags) {
  const StepGradient<S> gradient(network, tape, rules, layer);
  const GatedMemories<S> memories(tape, rules, layer);
  const nn::CellInfo& cell = tape.info();
  const int memory = cell.memory(), output = cell.hidden();
  const Index rows = memories.rows();
  std::vector<GatedMemory> each;
  for (Index row = 0; row < rows; ++row) each.push_back(memories.row(row));
  Carousel all;
  Eigen::ArrayXd product = Eigen::ArrayXd::Ones(rows);
  std::map<int, Gradients> of_states{{memory, gatescope::Matrix<double>::Identity(rows, rows).array()}};
  const Index most = std::min(lags, each[0].place(step));
  for (Index lag = 0;; ++lag) {
    all.keep.push_back(product.matrix().norm());
    all.whole.push_back(of_states[memory].matrix().norm());
    if (lag == most) break;
    const Index t = tape.reverse() ? step + lag : step - lag, before = tape.reverse() ? t + 1 : t - 1;
    for (Index row = 0; row < rows; ++row) product[row] *= each[row].keep[t];
    std::map<int, Gradients> earlier;
    for (const EnteredBy& entered : gradient.back(t, of_states)) {
      const auto found = earlier.find(entered.state);
      if (found == earlier.end())
        earlier.emplace(entered.state, entered.part);
      else
        found->second += entered.part;
    }
    if (earlier.find(memory) == earlier.end()) earlier.emplace(memory, Gradients::Zero(rows, rows));
    if (const auto found = earlier.find(output); memory != output && found != earlier.end())
      earlier[memory] += gradient.to_memory(before, found->second);
    of_states = std::move(earlier);
  }
  tape.release();
  return all;
}

template Highway highway(const nn::Network<float>&, const nn::LayerTape<float>&,
                         std::span<const nn::ForceRule>, int);
template Highway highway(const nn::Network<double>&, const nn::LayerTape<double>&,
                         std::span<const nn::ForceRule>, int);
template Carousel carousel(const nn::Network<float>&, const nn::LayerTape<float>&,
                           std::span<const nn::ForceRule>, int, Index, Index);
template Carousel carousel(const nn::Network<double>&, const nn::LayerTape<double>&,
                           std::span<const nn::ForceRule>, int, Index, Index);

}  // namespace gatescope::analysis
