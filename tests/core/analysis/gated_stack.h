#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/gated_memory.h"
#include "core/nn/network.h"
#include "core/nn/readout.h"

namespace gatescope::analysis {

/// A stack that has read random characters from a random state.
template <class S>
struct GatedStack {
  static constexpr int kSteps = 30;

  explicit GatedStack(std::string_view cell, const std::vector<std::string>& forced = {},
                      bool bidirectional = false, bool filtered = false, Index heads = 1)
      : network(
            [&] {
              nn::ModelSpec spec;
              spec.cell = cell;
              spec.hidden = 6;
              spec.layers = 2;
              spec.bidirectional = bidirectional;
              spec.token_shift = spec.norm = spec.head_norm = spec.output_gate = spec.projection = filtered;
              spec.residual = filtered && !bidirectional;
              spec.heads = heads;
              return spec;
            }(),
            {nn::InputKind::characters, 5, nn::Readout::softmax, 5}) {
    Rng rng(3);
    network.initialise(rng);
    for (S& p : network.parameters()) p += static_cast<S>(rng.uniform(-0.5, 0.5));
    network.prepare_all();
    for (const std::string& rule : forced) rules.push_back(nn::parse_force_rule(rule));
    network.force(rules);
    network.resize(trace, kSteps, 1);
    network.clear_states(trace);
    for (auto& tape : trace.tapes)
      for (const nn::State& state : network.cell().states)
        for (Index k = 0; k < tape.width(state.channel); ++k)
          tape.initial_value(state.channel)[k] = static_cast<S>(rng.uniform(-0.8, 0.8));
    for (int t = 0; t < kSteps; ++t) tokens.push_back(static_cast<int>(rng.below(5)));
    network.forward(trace, {tokens.data(), nullptr});
  }
  /// The loss of all steps, or of one alone, and the gradients of that.
  double learn(int loss_step = -1) {
    std::vector<int> classes;
    for (int t = 0; t < kSteps; ++t)
      classes.push_back(loss_step < 0 || t == loss_step ? (3 * t + 1) % 5 : -1);
    nn::score<S>(trace, nn::Readout::softmax, {classes.data(), nullptr, nullptr}, 1);
    std::vector<S> gradients(static_cast<std::size_t>(network.table().size()));
    network.backward(trace, {tokens.data(), nullptr}, gradients.data());
    return trace.total_loss;
  }
  GatedMemories<S> memories(std::size_t tape) const {
    return {trace.tapes[tape], rules, static_cast<int>(tape) / network.directions()};
  }

  nn::Network<S> network;
  nn::Trace<S> trace;
  std::vector<nn::ForceRule> rules;
  std::vector<int> tokens;
};

/// The rules that a cell's memory is tried under: none, one on each gate, several on the memory itself.
inline std::vector<std::vector<std::string>> rules_of(const nn::CellInfo& cell) {
  const auto symbol = [&](int k) { return std::string(cell.channels[k].symbol); };
  const std::string memory = symbol(cell.memory());
  std::vector<std::vector<std::string>> all{{},
                                            {memory + "@11=0.3"},
                                            {memory + "[1-3]@7-9=*0.5+0.2", memory + "@20=*-1.5"},
                                            {"0." + memory + "@4=0", "1." + memory + "@25-=*0.25"}};
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
    if (cell.channels[k].role == nn::Role::gate) {
      all.push_back({symbol(k) + "@5-9=closed", symbol(k) + "@15-20=open"});
      all.push_back({symbol(k) + "=*0.5+0.1"});
      if (cell.channels[k].activation != nn::Activation::none)
        all.push_back({symbol(k) + "~=*1.5-0.5", symbol(k) + "=*0.8"});
    }
  return all;
}

}  // namespace gatescope::analysis
