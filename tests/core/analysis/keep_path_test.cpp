#include "core/analysis/keep_path.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/gradient_lag.h"
#include "core/nn/network.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {
namespace {

constexpr trace::LossAt kLast{trace::LossAt::Kind::last, 0};
constexpr Index kHidden = 6;

struct Read {
  nn::Network<float> network;
  std::vector<nn::ForceRule> rules;
  std::vector<int> characters;
  trace::SequenceTrace<float> text;

  explicit Read(const std::string& cell, const std::vector<std::string>& forced = {}, int length = 25,
                float recurrent = 1)
      : network(
            [&] {
              nn::ModelSpec spec;
              spec.cell = cell;
              spec.hidden = kHidden;
              return spec;
            }(),
            {nn::InputKind::characters, 5, nn::Readout::softmax, 5}) {
    network.initialise(Rng(7));
    for (const nn::Parameter& p : network.table().all())
      if (p.name.find("weight_hh") != std::string::npos)
        for (Index k = 0; k < p.rows * p.cols; ++k) network.parameters()[p.offset + k] *= recurrent;
    network.prepare_all();
    for (int k = 0; k < length; ++k) characters.push_back((k * k + k / 3) % 5);
    for (const std::string& rule : forced) rules.push_back(nn::parse_force_rule(rule));
    network.force(rules);
    text = trace::trace_text<float>(network, characters, kLast);
  }
  const nn::LayerTape<float>& tape() const { return text.trace.tapes[0]; }
  Index last() const { return text.trace.steps - 1; }
  KeepPath path() const { return keep_path(tape(), last(), rules, 0); }
};

}  // namespace

TEST(KeepPath, IsTheProductOfTheGatesTimesTheGradientAtTheLoss) {
  for (const std::string cell : {"lstm", "gru", "janet", "mingru"}) {
    const Read read(cell);
    const nn::CellInfo& info = read.tape().info();
    const int memory = info.memory(), keep = info.keep_gate();
    const bool rest = info.channels[keep].keeps == nn::Share::rest;
    const KeepPath path = read.path();
    ASSERT_EQ(path.kept.size(), static_cast<std::size_t>(read.last() + 1));
    EXPECT_EQ(path.total, gradient_over_lag(read.tape(), memory, read.last()));
    const auto gates = read.tape().values(keep);
    const auto gradients = read.tape().gradients(memory);
    for (Index lag = 0; lag <= read.last(); ++lag) {
      double kept = 0, others = 0, mean = 0;
      for (Index unit = 0; unit < kHidden; ++unit) {
        double product = 1;
        for (Index t = read.last(); t > read.last() - lag; --t)
          product *= rest ? 1 - static_cast<double>(gates(unit, t)) : static_cast<double>(gates(unit, t));
        const double way = product * static_cast<double>(gradients(unit, read.last()));
        const double rest_of_it = static_cast<double>(gradients(unit, read.last() - lag)) - way;
        kept += way * way, others += rest_of_it * rest_of_it, mean += product / kHidden;
      }
      const auto at = static_cast<std::size_t>(lag);
      EXPECT_NEAR(path.kept[at], std::sqrt(kept), 1e-9) << cell << lag;
      EXPECT_NEAR(path.rest[at], std::sqrt(others), 1e-9) << cell << lag;
      EXPECT_NEAR(path.product[at], mean, 1e-9) << cell << lag;
    }
  }
}

TEST(KeepPath, IsTheOnlyWayWhereNothingIsRecurrent) {
  for (const std::string cell : {"lstm", "gru", "janet"}) {
    const KeepPath path = Read(cell, {}, 25, 0).path(), connected = Read(cell).path();
    for (std::size_t lag = 0; lag < path.total.size(); ++lag) {
      EXPECT_NEAR(path.kept[lag], path.total[lag], 1e-5 * path.total[0]) << cell << lag;
      EXPECT_LE(path.rest[lag], 1e-5 * path.total[0]) << cell << lag;
    }
    EXPECT_GT(connected.rest[1], 1e-3 * connected.total[0]) << "else it is one way among several";
  }
}

// The loss is moved through the memory itself, by a rule, and not by anything that the backward pass
// computes.
TEST(KeepPath, TotalIsTheFiniteDifferenceOfTheLossAlsoUnderForcedGates) {
  for (const std::vector<std::string>& rules : {std::vector<std::string>{}, {"f@10-14=0.7", "i@12=*0.5"}}) {
    const Read read("lstm", rules);
    const KeepPath path = read.path();
    for (const int lag : {1, 5, 12}) {
      double squares = 0;
      for (int unit = 0; unit < kHidden; ++unit) {
        const auto loss_at = [&](double by) {
          auto moved = rules;
          moved.push_back("c[" + std::to_string(unit) + "]@" + std::to_string(read.last() - lag) + "=*1" +
                          (by < 0 ? "-" : "+") + std::to_string(std::abs(by)));
          return Read("lstm", moved).text.trace.total_loss;
        };
        const double slope = (loss_at(0.05) - loss_at(-0.05)) / 0.1;
        squares += slope * slope;
      }
      EXPECT_NEAR(path.total[lag], std::sqrt(squares), 0.02 * std::sqrt(squares) + 1e-5)
          << rules.size() << " rules, lag " << lag;
    }
  }
}

TEST(KeepPath, OpenGatesKeepAllAndAClosedOneNothing) {
  const KeepPath open = Read("lstm", {"f=1"}).path();
  for (std::size_t lag = 0; lag < open.kept.size(); ++lag) {
    EXPECT_DOUBLE_EQ(open.kept[lag], open.kept[0]);
    EXPECT_DOUBLE_EQ(open.product[lag], 1);
  }
  const KeepPath closed = Read("lstm", {"f@20=0"}).path();  // the last step is 23
  EXPECT_GT(closed.kept[3], 0);
  EXPECT_EQ(closed.kept[4], 0);
  EXPECT_GT(closed.rest[4], 0) << "the hidden state still has its way";
}

TEST(KeepPath, ARuleOnTheMemoryScalesWhatPasses) {
  const Read read("lstm", {"c@20=*0.5"});
  const KeepPath path = read.path();
  const auto gates = read.tape().values(read.tape().info().keep_gate());
  double product = 0;
  for (Index unit = 0; unit < kHidden; ++unit) {
    double p = 1;
    for (const Index t : {23, 22, 21, 20}) p *= static_cast<double>(gates(unit, t));
    product += 0.5 * p / kHidden;
  }
  EXPECT_NEAR(path.product[4], product, 1e-9);
  EXPECT_EQ(Read("lstm", {"c@20=0.3"}).path().kept[4], 0) << "nothing passes a number that is set";
}

TEST(KeepPath, WithoutAGateNothingIsKept) {
  const KeepPath path = Read("rnn").path();
  EXPECT_EQ(path.kept[1], 0);
  EXPECT_EQ(path.rest[1], path.total[1]);
  EXPECT_TRUE(std::isnan(path.product[0]));
}

}  // namespace gatescope::analysis
