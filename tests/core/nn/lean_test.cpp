// A training's tape leaves out what nobody reads afterwards; what it computes is the same to the last bit.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/nn/network.h"
#include "core/nn/readout.h"

namespace gatescope::nn {
namespace {

struct Learnt {
  Network<float> network;
  Trace<float> trace;
  std::vector<float> gradients;
};

/// A stack that has read and learnt two batches, the second from where the first ended.
Learnt learnt(std::string_view cell, int hidden, int heads, bool lean, const char* rule = nullptr) {
  constexpr Index kSteps = 9, kBatch = 3;
  ModelSpec spec;
  spec.cell = cell;
  spec.hidden = hidden;
  spec.layers = 2;
  spec.heads = heads;
  Learnt all{{spec, {InputKind::characters, 5, Readout::softmax, 5}}, {}, {}};
  Network<float>& network = all.network;
  Rng rng(4);
  network.initialise(rng);
  for (float& p : network.parameters()) p += static_cast<float>(rng.uniform(-0.4, 0.4));
  network.prepare_all();
  if (rule) network.force(std::vector{parse_force_rule(rule)});
  all.trace.lean = lean;
  network.resize(all.trace, kSteps, kBatch);
  network.clear_states(all.trace);
  all.gradients.resize(static_cast<std::size_t>(network.table().size()));
  for (int batch = 0; batch < 2; ++batch) {
    std::vector<int> tokens, classes;
    for (Index t = 0; t < kSteps * kBatch; ++t) {
      tokens.push_back(static_cast<int>(rng.below(5)));
      classes.push_back(static_cast<int>(rng.below(5)));
    }
    if (batch > 0)
      for (auto& tape : all.trace.tapes)
        for (const State& state : network.cell().states)
          std::copy_n(tape.final_value(state.channel), tape.width(state.channel) * kBatch,
                      tape.initial_value(state.channel));
    network.forward(all.trace, {tokens.data(), nullptr});
    score<float>(all.trace, Readout::softmax, {classes.data(), nullptr, nullptr}, 1);
    network.backward(all.trace, {tokens.data(), nullptr}, all.gradients.data());
  }
  return all;
}

TEST(Lean, TrainingGivesTheSameBitsOfEveryCell) {
  for (const CellInfo* cell : all_cells())
    for (const int heads : {1, 2, 4}) {
      if (heads > 1 && !cell->has_heads()) continue;
      for (const int hidden : {16, 20}) {
        const Learnt full = learnt(cell->key, hidden, heads, false),
                     lean = learnt(cell->key, hidden, heads, true);
        const std::string what = fmt::format("{} of {} units in {} heads", cell->key, hidden, heads);
        EXPECT_EQ(full.gradients, lean.gradients) << what;
        EXPECT_EQ(full.trace.outputs, lean.trace.outputs) << what;
        for (const State& state : cell->states)
          EXPECT_EQ(full.trace.tapes[1].values(state.channel), lean.trace.tapes[1].values(state.channel))
              << what;
      }
    }
}

TEST(Lean, ATapeHasTwoStepsOfWhatIsNotKeptAndAllOfItUnderARule) {
  const Learnt lean = learnt("gla", 16, 2, true), forced = learnt("gla", 16, 2, true, "K@3=0.5"),
               full = learnt("gla", 16, 2, false, "K@3=0.5");
  const CellInfo& cell = lean.network.cell();
  const int m = cell.find("m"), K = cell.find("K"), w = cell.find("w"), q = cell.find("q");
  const LayerTape<float>& tape = lean.trace.tapes[0];
  EXPECT_TRUE(tape.keeps_values(m));
  EXPECT_FALSE(tape.keeps_values(K));
  EXPECT_FALSE(tape.keeps_values(w));
  EXPECT_FALSE(tape.keeps_gradients(m));
  EXPECT_TRUE(tape.keeps_gradients(q));
  for (const int k : {m, K, w, q}) {
    EXPECT_TRUE(forced.trace.tapes[0].keeps_values(k));
    EXPECT_TRUE(forced.trace.tapes[0].keeps_gradients(k));
  }
  EXPECT_EQ(forced.gradients, full.gradients);
}

// A head's units share numbers: their sums and functions are made in whole registers where a head has these,
// and a unit at a time where it has not, as in every step under a rule.
TEST(Lean, WholeRegistersAndSingleUnitsAgree) {
  for (const CellInfo* cell : all_cells()) {
    if (!cell->has_heads()) continue;
    for (const int heads : {1, 2}) {  // 24 units: registers of 4, 8 and 16 numbers, with and without a rest
      const Learnt free = learnt(cell->key, 24, heads, true),
                   ruled = learnt(cell->key, 24, heads, true, "h@2=*1");
      EXPECT_EQ(free.gradients, ruled.gradients) << cell->key << " " << heads;
    }
  }
}

}  // namespace
}  // namespace gatescope::nn
