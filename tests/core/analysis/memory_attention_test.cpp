#include "core/analysis/memory_attention.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/keeps.h"
#include "core/analysis/subjective_time.h"
#include "core/analysis/survival.h"
#include "core/analysis/unit_order.h"
#include "core/error.h"
#include "tests/core/analysis/gated_stack.h"

namespace gatescope::analysis {
namespace {

double largest_size(const std::vector<double>& values) {
  double most = 1;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

void expect_reproduces(const MemoryAttention& attention, double tolerance) {
  const double scale = largest_size(attention.memory);
  for (std::size_t t = 0; t < attention.memory.size(); ++t) {
    double sum = attention.initial[t];
    for (std::size_t s = 0; s < attention.content.size(); ++s)
      sum += attention.alpha(static_cast<Index>(t), static_cast<Index>(s)) * attention.content[s];
    EXPECT_NEAR(sum, attention.memory[t], tolerance * scale) << "step " << t;
  }
}

}  // namespace

TEST(MemoryAttention, TimesContentsIsTheMemoryOfEveryCell) {
  int gated = 0;
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty()) continue;
    ++gated;
    for (const std::vector<std::string>& rules : rules_of(*cell)) {
      SCOPED_TRACE(std::string(cell->key) + (rules.empty() ? "" : " " + rules[0]));
      const GatedStack<double> stack(cell->key, rules);
      for (const std::size_t tape : {0u, 1u}) {
        const auto memories = stack.memories(tape);
        EXPECT_EQ(memories.rows(), memories.numbers() * 6);
        for (Index row = 0; row < memories.rows(); ++row)
          expect_reproduces(memory_attention(memories.row(row), 0, GatedStack<double>::kSteps - 1), 1e-12);
      }
    }
  }
  EXPECT_EQ(gated, std::ssize(nn::all_cells()) - 6) << "all but two without gates and four that keep all";
}

TEST(MemoryAttention, HoldsInBothDirectionsBehindAFilterAndInFloat) {
  for (const std::string_view cell : {"lstm", "gru", "s6"}) {
    const GatedStack<double> both(cell, {}, true);
    for (std::size_t tape = 0; tape < 4; ++tape) {
      const GatedMemory memory = both.memories(tape).row(2);
      EXPECT_EQ(memory.reverse, tape % 2 == 1);
      const MemoryAttention attention = memory_attention(memory, 0, GatedStack<double>::kSteps - 1);
      expect_reproduces(attention, 1e-12);
      EXPECT_EQ(attention.alpha(3, 9) != 0, memory.reverse) << "what is read backwards was written later";
    }
    expect_reproduces(memory_attention(GatedStack<double>(cell, {}, false, true).memories(1).row(0), 0, 29),
                      1e-12);
    expect_reproduces(memory_attention(GatedStack<float>(cell).memories(1).row(5), 0, 29), 2e-6);
  }
}

TEST(MemoryAttention, OfSomeStepsHasWhatWasThereBeforeThem) {
  for (const bool backward : {false, true}) {
    const GatedStack<double> stack("lstm", {"c@14=*0.5+0.1"}, true);
    const GatedMemory memory = stack.memories(backward ? 1 : 0).row(4);
    const MemoryAttention some = memory_attention(memory, 10, 17), all = memory_attention(memory, 0, 29);
    expect_reproduces(some, 1e-12);
    EXPECT_TRUE(some.alpha.isApprox(all.alpha.block(10, 10, 8, 8), 1e-14));
  }
}

TEST(MemoryAttention, ASetMemoryIsAllOffset) {
  const GatedStack<double> stack("lstm", {"c@11=0.3"});
  const MemoryAttention attention = memory_attention(stack.memories(1).row(0), 0, 29);
  EXPECT_EQ(attention.alpha.row(11).cwiseAbs().sum(), 0);
  EXPECT_EQ(attention.initial[11], 0.3);
  EXPECT_EQ(attention.alpha.row(20).head(12).cwiseAbs().sum(), 0) << "nothing gets past it";
  EXPECT_NE(attention.initial[12], 0) << "and it is remembered";
}

TEST(MemoryAttention, OfAnUpdateGateAddsUpToOneWithWhatIsLeftOfTheBeginning) {
  for (const std::string_view cell : {"gru", "gru_before", "mingru", "minlstm", "slstm", "rwkv4",
                                      "rwkv4_block", "rwkv4_prenorm", "lstm_coupled"}) {
    const GatedMemory memory = GatedStack<double>(cell).memories(0).row(1);
    const MemoryAttention attention = memory_attention(memory, 0, 29);
    double kept = 1;
    for (Index t = 0; t < 30; ++t) {
      kept *= memory.keep[t];
      EXPECT_NEAR(attention.alpha.row(t).sum(), 1 - kept, 1e-12) << cell;
    }
  }
}

TEST(MemoryAttention, MeanIsOfTheSizesOfAllNumbers) {
  const GatedStack<double> stack("s6");
  const auto memories = stack.memories(0);
  EXPECT_EQ(memories.numbers(), 16);
  Matrix<double> sum = Matrix<double>::Zero(30, 30);
  for (Index row = 0; row < memories.rows(); ++row)
    sum += memory_attention(memories.row(row), 0, 29).alpha.cwiseAbs();
  EXPECT_TRUE(mean_attention(memories, 0, 29).isApprox(sum / static_cast<double>(memories.rows()), 1e-13));
}

TEST(MemoryAges, AreTheMeanAgeOfWhatIsRemembered) {
  for (const bool backward : {false, true}) {
    const GatedStack<double> stack("lstm", {"i@0=closed", "c@12=0"}, true);
    const auto memories = stack.memories(backward ? 1 : 0);
    const GatedMemory memory = memories.row(3);
    const MemoryAttention attention = memory_attention(memory, 0, 29);
    const MemoryAges ages = memory_ages(memory);
    for (Index t = 0; t < 30; ++t) {
      double weight = 0, moment = 0;
      for (Index s = 0; s < 30; ++s) {
        const double size = std::abs(attention.alpha(t, s) * attention.content[s]);
        weight += size;
        moment += size * static_cast<double>(std::abs(t - s));
      }
      EXPECT_NEAR(ages.weight[t], weight, 1e-13);
      if (weight > 0) {
        EXPECT_NEAR(ages.age[t], moment / weight, 1e-12);
      }
    }
    EXPECT_TRUE(std::isnan(ages.age[12])) << "a memory that was set remembers nothing";
    EXPECT_GT(memory_ages(memories).age[5], 0);
  }
}

TEST(GatedMemory, IsRefusedWithTheReasonWhereNoGateKeepsIt) {
  for (const std::string_view cell : {"rnn", "rnn_relu"}) {
    EXPECT_NE(why_no_gated_memory(nn::find_cell(cell)).find("has no gate that keeps its memory"),
              std::string::npos);
    EXPECT_THROW(GatedStack<double>(cell).memories(0), Error);
  }
}

TEST(Survival, IsTheProductOfWhatWasKept) {
  for (const bool backward : {false, true}) {
    const GatedStack<double> stack("gru", {"h@16=*0.5"}, true);
    const GatedMemory memory = stack.memories(backward ? 1 : 0).row(2);
    const std::vector<double> left = survival(memory, 12);
    double product = 1;
    EXPECT_EQ(left[12], 1);
    EXPECT_TRUE(std::isnan(left[backward ? 13 : 11]));
    for (int lag = 1; lag <= 12; ++lag) {
      const auto t = static_cast<std::size_t>(backward ? 12 - lag : 12 + lag);
      product *= memory.keep[t];
      EXPECT_NEAR(left[t], product, 1e-15);
    }
    // What is remembered of step 12's write is α over its write.
    const MemoryAttention attention = memory_attention(memory, 0, 29);
    const Index read = backward ? 3 : 25;
    EXPECT_NEAR(attention.alpha(read, 12), left[read] * memory.write[12], 1e-14);
  }
}

TEST(Blame, DividesTheErasureExactly) {
  const GatedStack<double> stack("lstm", {"f@18=0.01"});
  for (Index row = 0; row < 6; ++row) {
    const GatedMemory memory = stack.memories(0).row(row);
    const std::vector<double> shares = blame(memory, 10, 25);
    double sum = 0;
    for (std::size_t t = 0; t < 30; ++t) {
      sum += shares[t];
      const bool between = t > 10 && t <= 25;
      EXPECT_EQ(shares[t] != 0, between) << t;
      if (between) {
        EXPECT_NEAR(std::pow(survival(memory, 10)[25], shares[t]), memory.keep[t], 1e-12)
            << "S to the power of its share is what that step kept";
      }
    }
    EXPECT_NEAR(sum, 1, 1e-14);
    EXPECT_EQ(std::ranges::max_element(shares) - shares.begin(), 18);
  }
}

TEST(Blame, OfAClosedGateIsAllOfIt) {
  const GatedMemory memory = GatedStack<double>("lstm", {"f@15=0", "f@18=0"}).memories(0).row(0);
  const std::vector<double> shares = blame(memory, 10, 25);
  for (std::size_t t = 0; t < 30; ++t) EXPECT_EQ(shares[t], t == 15 ? 1 : 0) << "the first has it all";
  const GatedMemory open = GatedStack<double>("lstm", {"f=1"}).memories(0).row(0);
  for (const double share : blame(open, 10, 25)) EXPECT_EQ(share, 0);
}

TEST(Erasure, DividesWhatIsGoneOverTheSteps) {
  for (const std::string_view cell : {"lstm", "s6", "slstm"}) {
    const GatedStack<double> stack(cell);
    const auto memories = stack.memories(1);
    const Erasure all = erasure(memories, 8);
    EXPECT_EQ(all.survival.size(), static_cast<std::size_t>(memories.rows()));
    EXPECT_EQ(all.left[8], 1);
    double gone = 0;
    for (std::size_t t = 0; t < 30; ++t) {
      if (t <= 8) {
        EXPECT_EQ(all.erased[t], 0);
      } else {
        EXPECT_LE(all.left[t], all.left[t - 1] + 1e-15);
      }
      gone += all.erased[t];
    }
    EXPECT_NEAR(gone, 1 - all.left[29], 1e-13) << cell;
  }
}

TEST(TimeConstants, OfBiasesAreWhatTheFormulaGives) {
  EXPECT_NEAR(time_constant(1 / (1 + std::exp(-1.0))), 3.19, 0.01);
  EXPECT_NEAR(time_constant(1 / (1 + std::exp(-3.0))), 20.58, 0.01);
  EXPECT_EQ(time_constant(0), 0);
  EXPECT_TRUE(std::isinf(time_constant(1)));
}

// What a network without weights comes to, step after step, is what its biases alone say.
TEST(TimeConstants, AtRestAreThoseOfANetworkWithoutWeights) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty()) continue;
    nn::ModelSpec spec;
    spec.cell = cell->key;
    spec.hidden = 6;
    nn::Network<double> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
    Rng rng(5);
    network.initialise(rng);
    for (double& p : network.parameters()) p += rng.uniform(-0.5, 0.5);
    for (const nn::Product& product : cell->products) {
      const nn::Parameter& p = *network.table().find(nn::parameter_name(spec, product.parameter, 0, false));
      std::fill_n(network.parameters().data() + p.offset, p.rows * p.cols, 0.0);
    }
    if (const nn::Parameter* peephole = network.table().find("rnn.peephole_l0"))  // weights of the memory
      std::fill_n(network.parameters().data() + peephole->offset, peephole->rows * peephole->cols, 0.0);
    network.prepare_all();
    nn::Trace<double> trace;
    network.resize(trace, 6000, 1);
    network.clear_states(trace);
    const std::vector<int> tokens(6000, 0);
    network.forward(trace, {tokens.data(), nullptr});
    const std::vector<double> constants = resting_time_constants(network, 0, false);
    const GatedMemories<double> memories(trace.tapes[0], {}, 0);
    ASSERT_EQ(constants.size(), static_cast<std::size_t>(memories.rows()));
    for (Index row = 0; row < memories.rows(); ++row)
      EXPECT_NEAR(constants[row], time_constant(memories.row(row).keep[5999]), 1e-6 * constants[row])
          << cell->key << row;
  }
}

TEST(TimeConstants, EffectiveIsOfTheGeometricMean) {
  const GatedStack<double> stack("lstm");
  const GatedMemory memory = stack.memories(0).row(1);
  double product = 1;
  for (std::size_t t = 1; t < 30; ++t) product *= memory.keep[t];
  EXPECT_NEAR(effective_time_constants(stack.memories(0))[1], -29 / std::log(product), 1e-9);
  const GatedStack<double> open("lstm", {"f=1"});
  EXPECT_TRUE(std::isinf(effective_time_constants(open.memories(0))[0]));
}

// The first step keeps nothing where a normaliser shares out, and whatever it may elsewhere: a text that is
// read longer has the same time constant, for the clock as well.
TEST(TimeConstants, DoNotDependOnTheTextsLengthWhereTheKeepIsConstant) {
  const double expected = -1 / std::log(0.9);
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty()) continue;
    nn::ModelSpec spec;
    spec.cell = cell->key;
    spec.hidden = 6;
    spec.bidirectional = true;
    nn::Network<double> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
    network.initialise(Rng(5));
    network.prepare_all();
    const nn::Channel& gate = cell->channels[static_cast<std::size_t>(cell->keep_gate())];
    const bool rest = gate.keeps == nn::Share::rest;
    for (const int steps : {2, 9, 60}) {
      for (const std::size_t tape : {0U, 1U}) {
        SCOPED_TRACE(fmt::format("{}, {} steps, direction {}", cell->key, steps, tape));
        // All but the direction's first step.
        const std::vector rules{
            nn::parse_force_rule(fmt::format("{}@{}-{}={}", gate.symbol, tape == 0 ? 1 : 0,
                                             tape == 0 ? steps - 1 : steps - 2, rest ? 0.1 : 0.9))};
        network.force(rules);
        nn::Trace<double> trace;
        network.resize(trace, steps, 1);
        network.clear_states(trace);
        std::vector<int> tokens;
        for (int t = 0; t < steps; ++t) tokens.push_back(t * t % 5);
        network.forward(trace, {tokens.data(), nullptr});
        const GatedMemories<double> memories(trace.tapes[tape], {}, 0);
        for (const double tau : effective_time_constants(memories)) EXPECT_NEAR(tau, expected, 1e-9);
        if (step_channel(*cell) == nn::kNone) {
          const std::vector<double> elapsed = subjective_time(memories, std::nullopt).elapsed;
          EXPECT_NEAR((steps - 1) / elapsed[tape == 0 ? elapsed.size() - 1 : 0], expected, 1e-9);
        }
        const auto values = trace.tapes[tape].values(cell->keep_gate());
        const Matrix<float> shares = values.cast<float>();
        for (const double tau :
             time_constants({shares.data(), shares.rows(), shares.cols()}, 6, rest, tape == 1))
          EXPECT_NEAR(tau, expected, 1e-4);
      }
    }
  }
}

TEST(TimeConstants, OfATextOfOneStepAreUnknown) {
  nn::ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 3;
  nn::Network<double> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
  network.initialise(Rng(5));
  network.prepare_all();
  nn::Trace<double> trace;
  network.resize(trace, 1, 1);
  network.clear_states(trace);
  const int token = 0;
  network.forward(trace, {&token, nullptr});
  for (const double tau : effective_time_constants(GatedMemories<double>(trace.tapes[0], {}, 0)))
    EXPECT_TRUE(std::isnan(tau));
}

// Whatever the network is: the first share is the whole exactly where the table's equations say so.
TEST(Keeps, SayWhichGatesTheFirstStepSets) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const GatedStack<double> stack(cell->key);
    nn::Network<double> network(stack.network.spec(), stack.network.interface());
    std::ranges::copy(stack.network.parameters(), network.parameters().begin());
    network.prepare_all();
    nn::Trace<double> trace;
    network.resize(trace, 2, 1);
    network.clear_states(trace);
    network.forward(trace, {stack.tokens.data(), nullptr});
    for (int k = 0; k < std::ssize(cell->channels); ++k) {
      if (cell->channels[static_cast<std::size_t>(k)].role != nn::Role::gate) continue;
      const auto values = trace.tapes[0].values(k);
      EXPECT_EQ(is_set_at_first(*cell, k), (values.col(0).array() == 1).all())
          << cell->key << " " << cell->channels[static_cast<std::size_t>(k)].symbol;
    }
  }
}

TEST(Survival, OfEachHeadIsThatOfItsUnitsAndAddsUpToAll) {
  for (const std::string_view cell : {"mlstm", "gla", "slstm", "retnet"}) {
    const GatedStack<double> stack(cell, {}, false, false, 2);
    const auto memories = stack.memories(1);
    constexpr Index from = 9;
    const Erasure all = erasure(memories, from);
    ASSERT_EQ(all.heads.size(), 2U) << cell;
    std::vector<double> there(2);
    for (Index row = 0; row < memories.rows(); ++row)
      there[static_cast<std::size_t>(row % 6 / 3)] += std::abs(memories.row(row).memory[from]);
    for (std::size_t t = from; t < GatedStack<double>::kSteps; ++t) {
      EXPECT_NEAR((there[0] * all.heads[0][t] + there[1] * all.heads[1][t]) / (there[0] + there[1]),
                  all.left[t], 1e-12)
          << cell;
      double left = 0;
      for (Index row = 0; row < memories.rows(); ++row)
        if (row % 6 >= 3)
          left += std::abs(memories.row(row).memory[from] * all.survival[static_cast<std::size_t>(row)][t]);
      EXPECT_NEAR(all.heads[1][t], left / there[1], 1e-12) << cell;
    }
  }
  EXPECT_TRUE(erasure(GatedStack<double>("mlstm").memories(0), 0).heads.empty()) << "of one head alone";
}

}  // namespace gatescope::analysis
