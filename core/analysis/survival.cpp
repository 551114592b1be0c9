#include "core/analysis/survival.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/formula_tree.h"
#include "core/analysis/keeps.h"
#include "core/analysis/step_gradient.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace {

std::size_t place_in(Index n) {
  return static_cast<std::size_t>(n);
}

/// A layer of which only the biases are left: all products are 0, and so are its memory and output.
template <class S>
class Resting final : public FormulaSource {
 public:
  Resting(const nn::Network<S>& network, int layer, bool backward)
      : network_(network),
        cell_(nn::find_cell(network.spec().cell_key(layer))),
        sizes_(network.sizes()[place_in(layer)]),
        layer_(layer),
        backward_(backward) {
    for (const nn::Channel& channel : cell_.channels)
      before_.push_back(Eigen::ArrayXd::Zero(sizes_(channel.extent)));
    for (const nn::State& state : cell_.states) before_[place_in(state.channel)] = state.initial;
    now_ = before_;
  }

  /// What it keeps once its other states have settled, (numbers of the memory).
  Eigen::ArrayXd keep() {
    std::vector<std::pair<int, FormulaTree>> lines;
    for (const nn::Formula& formula : cell_.formulas)
      lines.emplace_back(formula.channel, read_formula(cell_, formula));
    constexpr int most = 20'000;
    for (int n = 0; n < most; ++n) {
      for (const auto& line : lines)
        now_[place_in(line.first)] = evaluate(line.second, static_cast<int>(line.second.terms.size()) - 1,
                                              now_[place_in(line.first)].size(), cell_, sizes_, *this);
      double moved = 0;
      for (const nn::State& state : cell_.states) {
        if (state.channel == cell_.memory() || state.channel == cell_.output) continue;
        const Eigen::ArrayXd& next = now_[place_in(state.channel)];
        moved = std::max(moved, (next - before_[place_in(state.channel)]).abs().maxCoeff());
        before_[place_in(state.channel)] = next;
      }
      if (moved < 1e-13) break;
    }
    const nn::Channel& gate = cell_.channels[place_in(cell_.keep_gate())];
    const Eigen::ArrayXd& of_gate = now_[place_in(cell_.keep_gate())];
    Eigen::ArrayXd kept(now_[place_in(cell_.memory())].size());
    for (Index row = 0; row < kept.size(); ++row)
      kept[row] = of_gate[nn::place_with(gate.extent, sizes_, row)];
    if (gate.keeps == nn::Share::rest) return 1 - kept;
    return kept;
  }

 private:
  Eigen::ArrayXd channel(int k, bool previous) const override {
    return previous ? before_[place_in(k)] : now_[place_in(k)];
  }
  Eigen::ArrayXd of_units(int parameter, int column, Index rows) const override {
    return parameter_of_units(network_, layer_, backward_, parameter, column, rows);
  }
  Eigen::ArrayXd product(const FormulaTree& tree, const FormulaTerm& term, Index rows) const override {
    Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(rows);
    if (term.kind != FormulaPart::bias) return sum;
    for (const nn::Bias& bias : cell_.biases) {
      if (bias.to != tree.receiver) continue;
      const nn::Parameter& p =
          *network_.table().find(nn::parameter_name(network_.spec(), bias.parameter, layer_, backward_));
      for (Index row = 0; row < rows; ++row)
        sum[row] += static_cast<double>(network_.parameters()[p.offset + bias.block * rows + row]);
    }
    return sum;
  }

  const nn::Network<S>& network_;
  const nn::CellInfo& cell_;
  const nn::Sizes& sizes_;
  int layer_;
  bool backward_;
  std::vector<Eigen::ArrayXd> before_, now_;  // of the channels
};

}  // namespace

std::vector<double> survival(const GatedMemory& memory, Index from) {
  std::vector<double> left(memory.memory.size(), std::numeric_limits<double>::quiet_NaN());
  double product = 1;
  for (Index n = memory.place(from); n < memory.steps(); ++n) {
    const Index t = memory.step(n);
    if (t != from) product *= memory.keep[place_in(t)];
    left[place_in(t)] = product;
  }
  return left;
}

std::vector<double> blame(const GatedMemory& memory, Index from, Index until) {
  std::vector<double> shares(memory.memory.size());
  double sum = 0;
  for (Index n = memory.place(from) + 1; n <= memory.place(until); ++n) {
    const Index t = memory.step(n);
    const double keep = std::abs(memory.keep[place_in(t)]);
    if (keep == 0) {
      std::ranges::fill(shares, 0);
      shares[place_in(t)] = 1;
      return shares;
    }
    sum += shares[place_in(t)] = std::log(keep);
  }
  if (sum == 0) {
    std::ranges::fill(shares, 0);
  } else {
    for (double& share : shares) share /= sum;
  }
  return shares;
}

template <class S>
Erasure erasure(const GatedMemories<S>& memories, Index from) {
  const auto steps = place_in(memories.tape().steps());
  Erasure all{.left = std::vector<double>(steps), .erased = std::vector<double>(steps)};
  double there = 0;
  const nn::Sizes& sizes = memories.tape().sizes();
  if (sizes.heads > 1) all.heads.assign(place_in(sizes.heads), std::vector<double>(steps));
  std::vector<double> there_of_head(all.heads.size());
  for (Index row = 0; row < memories.rows(); ++row) {
    const GatedMemory memory = memories.row(row);
    const Index last = memory.step(memory.steps() - 1);
    const double size = std::abs(memory.memory[place_in(from)]);
    all.survival.push_back(survival(memory, from));
    all.sizes.push_back(size);
    const std::vector<double>&survived = all.survival.back(), shares = blame(memory, from, last);
    there += size;
    const double gone = size * (1 - std::abs(survived[place_in(last)]));
    for (std::size_t t = 0; t < steps; ++t) {
      all.left[t] += size * std::abs(survived[t]);
      if (shares[t] != 0) all.erased[t] += gone * shares[t];
    }
    if (all.heads.empty()) continue;
    const std::size_t head = place_in(row % sizes.hidden / sizes(nn::kHeadWidth));
    there_of_head[head] += size;
    for (std::size_t t = 0; t < steps; ++t) all.heads[head][t] += size * std::abs(survived[t]);
  }
  for (std::size_t head = 0; head < all.heads.size(); ++head)
    for (double& left : all.heads[head]) left /= there_of_head[head];
  for (auto* numbers : {&all.left, &all.erased})
    for (double& number : *numbers) number /= there;
  return all;
}

std::vector<double> left_of_unit(const Erasure& all, Index units, Index unit) {
  std::vector<double> left(all.left.size());
  double there = 0;
  for (std::size_t row = place_in(unit); row < all.survival.size(); row += place_in(units)) {
    there += all.sizes[row];
    for (std::size_t t = 0; t < left.size(); ++t) left[t] += all.sizes[row] * std::abs(all.survival[row][t]);
  }
  for (double& share : left) share /= there;
  return left;
}

double time_constant(double keep) {
  if (keep <= 0) return 0;
  return keep >= 1 ? std::numeric_limits<double>::infinity() : -1 / std::log(keep);
}

template <class S>
std::vector<double> effective_time_constants(const GatedMemories<S>& memories) {
  std::vector<double> constants;
  for (Index row = 0; row < memories.rows(); ++row) {
    const GatedMemory memory = memories.row(row);
    MeanKeep mean;
    for (Index n = kFirstKeep; n < memory.steps(); ++n) mean.add(memory.keep[place_in(memory.step(n))]);
    constants.push_back(mean.time_constant());
  }
  return constants;
}

template <class S>
std::vector<double> resting_time_constants(const nn::Network<S>& network, int layer, bool backward) {
  if (const std::string why = why_no_gated_memory(network.cell(layer)); !why.empty()) fail("{}", why);
  std::vector<double> constants;
  for (const double keep : Resting<S>(network, layer, backward).keep())
    constants.push_back(time_constant(keep));
  return constants;
}

template Erasure erasure(const GatedMemories<float>&, Index);
template Erasure erasure(const GatedMemories<double>&, Index);
template std::vector<double> effective_time_constants(const GatedMemories<float>&);
template std::vector<double> effective_time_constants(const GatedMemories<double>&);
template std::vector<double> resting_time_constants(const nn::Network<float>&, int, bool);
template std::vector<double> resting_time_constants(const nn::Network<double>&, int, bool);

}  // namespace gatescope::analysis
