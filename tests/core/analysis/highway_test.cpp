#include "core/analysis/highway.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/step_gradient.h"
#include "core/analysis/survival.h"
#include "core/error.h"
#include "tests/core/analysis/gated_stack.h"

namespace gatescope::analysis {
namespace {

using WayKind = HighwayWay::Kind;

template <class S>
Highway highway_of(const GatedStack<S>& stack, std::size_t tape) {
  return highway(stack.network, stack.trace.tapes[tape], stack.rules,
                 static_cast<int>(tape) / stack.network.directions());
}

Matrix<double> sum_of(const Highway& all) {
  Matrix<double> sum = Matrix<double>::Zero(all.total.rows(), all.total.cols());
  for (const HighwayWay& way : all.ways) sum += way.part;
  return sum;
}

/// What reaches the output of a top layer from its own step's loss, (H, T).
template <class S>
Matrix<double> from_head(const GatedStack<S>& stack, bool backward) {
  const nn::Parameter& head = *stack.network.table().find("head.weight");
  const Eigen::Map<const Matrix<S>> weights(stack.network.parameters().data() + head.offset, head.rows,
                                            head.cols);
  const Index hidden = stack.network.spec().hidden;
  return weights.template cast<double>().middleCols(backward ? hidden : 0, hidden).transpose() *
         stack.trace.output_gradients.template cast<double>();
}

std::vector<std::string> symbols(const nn::CellInfo& cell, const Highway& all) {
  std::vector<std::string> ways;
  for (const HighwayWay& way : all.ways)
    ways.push_back(way.kind == WayKind::keep     ? "keep"
                   : way.kind == WayKind::output ? "output"
                                                 : std::string(cell.channels[way.channel].symbol));
  return ways;
}

}  // namespace

// The formulas' derivatives are those of the cells' own backward passes, state by state and step by step.
TEST(StepGradient, GivesTheGradientsOfEveryCellsBackwardPass) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    for (const std::vector<std::string>& rules : rules_of(*cell)) {
      SCOPED_TRACE(std::string(cell->key) + (rules.empty() ? "" : " " + rules[0]));
      GatedStack<double> stack(cell->key, rules, true);
      stack.learn();
      for (std::size_t number : {2u, 3u}) {
        const bool backward = number == 3;
        const nn::LayerTape<double>& tape = stack.trace.tapes[number];
        const StepGradient<double> gradient(stack.network, tape, stack.rules, 1);
        const Matrix<double> above = from_head(stack, backward);
        for (const Index t : {Index{3}, Index{8}, Index{19}}) {
          const Index next = backward ? t - 1 : t + 1;
          std::map<int, Gradients> after, before;
          const auto of = [&](int k, Index step) -> Gradients { return tape.gradients(k).col(step).array(); };
          for (const int state : gradient.states()) after[state] = of(state, next);
          after[cell->output] = of(cell->output, next);
          for (const int state : gradient.states()) before[state] = Gradients::Zero(tape.width(state), 1);
          for (const EnteredBy& entered : gradient.back(next, after)) before[entered.state] += entered.part;
          Gradients of_output = above.col(t).array();
          if (before.count(cell->output)) of_output += before[cell->output];
          const double large = std::max(1.0, of(cell->output, t).abs().maxCoeff());
          EXPECT_LT((of_output - of(cell->output, t)).abs().maxCoeff(), 1e-12 * large);
          const int memory = cell->memory();
          if (memory != cell->output) before[memory] += gradient.to_memory(t, of_output);
          for (const int state : gradient.states()) {
            const std::string_view symbol = cell->channels[state].symbol;
            if (state == cell->output) continue;
            // RWKV's shifted inputs enter their own step as well, on ways that no memory takes.
            if (cell->key.starts_with("rwkv4") && (symbol == "e" || symbol == "m" || symbol == "mn"))
              continue;
            // And what an mLSTM divides by.
            if (cell->key == "mlstm" && (symbol == "l" || symbol == "n")) continue;
            const double scale = std::max(1.0, of(state, t).abs().maxCoeff());
            EXPECT_LT((before[state] - of(state, t)).abs().maxCoeff(), 1e-11 * scale)
                << symbol << " at " << t;
          }
        }
      }
    }
  }
}

TEST(Highway, WaysAddUpToTheGradientOfEveryGatedCell) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty()) continue;
    for (const std::vector<std::string>& rules : rules_of(*cell)) {
      SCOPED_TRACE(std::string(cell->key) + (rules.empty() ? "" : " " + rules[0]));
      GatedStack<double> stack(cell->key, rules);
      GatedStack<float> rough(cell->key, rules);
      stack.learn();
      rough.learn();
      for (const std::size_t tape : {0u, 1u}) {
        const Highway exact = highway_of(stack, tape), all = highway_of(rough, tape);
        const double scale = exact.total.cwiseAbs().maxCoeff();
        EXPECT_LT((sum_of(exact) - exact.total).cwiseAbs().maxCoeff(), 1e-11 * scale);
        EXPECT_LT((sum_of(all) - all.total).cwiseAbs().maxCoeff(), 1e-6 * scale);
        for (std::size_t t = 0; t < 30; ++t) {
          double sum = 0;
          for (const HighwayWay& way : exact.ways) sum += way.share[t];
          EXPECT_TRUE(std::isnan(sum) || std::abs(sum - 1) < 1e-12);
        }
      }
    }
  }
}

TEST(Highway, WaysAddUpBehindAndBeforeTheOptionsOfALayer) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty()) continue;
    for (const std::vector<std::string>& rules :
         {std::vector<std::string>{}, {"xn@3-5=*0.5", "hp@8=*0.5+0.1", "h@12=*0.7"}}) {
      GatedStack<double> stack(cell->key, rules, false, true);
      stack.learn();
      for (const std::size_t tape : {0u, 1u}) {
        const Highway all = highway_of(stack, tape);
        EXPECT_LT((sum_of(all) - all.total).cwiseAbs().maxCoeff(), 1e-11 * all.total.cwiseAbs().maxCoeff())
            << cell->key;
      }
    }
  }
}

TEST(Highway, OfTheTopLayersOutputIsWhatTheStepsOwnLossSends) {
  for (const std::string_view cell :
       {"gru", "gru_before", "janet", "mingru"}) {  // whose memory is the output
    GatedStack<double> stack(cell, {"h@9=*0.5"}, true);
    stack.learn();
    for (const bool backward : {false, true}) {
      const Highway all = highway_of(stack, backward ? 3 : 2);
      EXPECT_LT((all.ways.back().part - from_head(stack, backward)).cwiseAbs().maxCoeff(), 1e-12) << cell;
    }
  }
  for (const std::string_view cell : {"lstm", "lstm_peephole", "slstm", "gru", "s6"}) {
    GatedStack<double> stack(cell);
    stack.learn(21);
    const Highway all = highway_of(stack, 1);
    EXPECT_GT(all.ways.back().part.col(21).norm(), 0);
    EXPECT_LT(all.ways.back().part.leftCols(21).norm(), 1e-12 * all.total.norm())
        << cell << ": before the only loss nothing else leaves the top layer";
    EXPECT_TRUE(std::isnan(all.ways[0].share[25])) << "after it there is no gradient";
  }
}

TEST(Highway, NamesTheGatesAndTheCandidate) {
  const auto ways = [](std::string_view cell, bool filtered = false) {
    GatedStack<double> stack(cell, {}, false, filtered);
    stack.learn();
    return symbols(stack.network.cell(), highway_of(stack, 1));
  };
  using Ways = std::vector<std::string>;
  EXPECT_EQ(ways("lstm"), (Ways{"keep", "i", "f", "g", "o", "output"}));
  EXPECT_EQ(ways("lstm_coupled"), (Ways{"keep", "f", "g", "o", "output"}));
  EXPECT_EQ(ways("gru"), (Ways{"keep", "r", "z", "n", "output"}));
  EXPECT_EQ(ways("gru_before", true), (Ways{"keep", "r", "z", "n", "output"}));
  EXPECT_EQ(ways("janet"), (Ways{"keep", "f", "i", "g", "output"}));
  EXPECT_EQ(ways("mingru"), (Ways{"keep", "output"}));
  EXPECT_EQ(ways("slstm"), (Ways{"keep", "i", "f", "z", "o", "output"}));
  EXPECT_EQ(ways("s6"), (Ways{"keep", "output"}));
  EXPECT_EQ(ways("minlstm"), (Ways{"keep", "output"}));
  EXPECT_EQ(ways("rg_lru"), (Ways{"keep", "output"}));
  EXPECT_EQ(ways("rwkv4"), (Ways{"keep", "y", "output"})) << "the next step reads the memory of this one";
  EXPECT_EQ(ways("rwkv4_block"), ways("rwkv4"));
  EXPECT_EQ(ways("rwkv4_prenorm"), ways("rwkv4"));
}

TEST(Highway, KeepIsTheKeepGateTimesTheNextGradient) {
  GatedStack<double> stack("lstm", {"f@12=closed", "c@17=*0.5"});
  stack.learn();
  const Highway all = highway_of(stack, 0);
  const auto f = std::as_const(stack.trace.tapes[0]).values(stack.network.cell().keep_gate());
  EXPECT_EQ(all.ways[0].part.col(11).norm(), 0) << "the highway is closed there";
  EXPECT_LT((all.ways[0].part.col(16) - 0.5 * f.col(17).cwiseProduct(all.total.col(17))).norm(), 1e-15);
  EXPECT_LT((all.ways[0].part.col(6) - f.col(7).cwiseProduct(all.total.col(7))).norm(), 1e-15);
  for (const HighwayWay& way : all.ways)
    if (way.kind != WayKind::output) {
      EXPECT_EQ(way.part.col(29).norm(), 0) << "nothing comes from after the end";
    }
}

TEST(Highway, IsRefusedWithoutAKeepGate) {
  GatedStack<double> stack("rnn");
  stack.learn();
  EXPECT_THROW(highway_of(stack, 0), Error);
}

// The memory is moved by a rule, and not by anything that a backward pass computes.
TEST(Carousel, IsTheNormOfTheMemorysJacobian) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty()) continue;
    const int memory = cell->memory();
    const std::string m(cell->channels[memory].symbol);
    for (const std::vector<std::string>& rules :
         {std::vector<std::string>{}, std::vector<std::string>{m + "@14=*0.5"}}) {
      const GatedStack<double> stack(cell->key, rules);
      const Carousel all = carousel(stack.network, stack.trace.tapes[1], stack.rules, 1, 18, 6);
      ASSERT_EQ(all.whole.size(), 7u);
      const auto memories = stack.memories(1);
      EXPECT_NEAR(all.whole[0], std::sqrt(static_cast<double>(memories.rows())), 1e-12);
      double kept = 0, whole = 0;
      for (Index row = 0; row < memories.rows(); ++row) {
        const std::vector<double> left = survival(memories.row(row), 13);
        kept += left[18] * left[18];
      }
      // A rule is for all numbers of a unit: of several only the whole row of ones is moved.
      if (memories.numbers() > 1) {
        EXPECT_NEAR(all.keep[5], std::sqrt(kept), 1e-12) << cell->key;
        if (cell->key.find("delta") != std::string_view::npos) {
          EXPECT_LT(all.whole[5], all.keep[5]) << "what a key finds is replaced besides";
        } else {
          EXPECT_NEAR(all.whole[5], all.keep[5], 1e-12) << "nothing is recurrent but the memories themselves";
        }
        continue;
      }
      for (int unit = 0; unit < 6; ++unit) {
        const auto moved = [&](const std::string& by) {
          auto with = rules;
          with.push_back("1." + m + "[" + std::to_string(unit) + "]@13=*1" + by);
          const GatedStack<double> other(cell->key, with);
          return Vector<double>(std::as_const(other.trace.tapes[1]).values(memory).col(18));
        };
        whole += ((moved("+0.00001") - moved("-0.00001")) / 2e-5).squaredNorm();
      }
      EXPECT_NEAR(all.keep[5], std::sqrt(kept), 1e-12) << cell->key;
      EXPECT_NEAR(all.whole[5], std::sqrt(whole), 1e-6 * std::sqrt(whole)) << cell->key;
    }
  }
}

}  // namespace gatescope::analysis
