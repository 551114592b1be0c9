#include "core/analysis/lyapunov.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <functional>

#include "core/analysis/jacobian.h"
#include "core/analysis/reach.h"
#include "core/observe/observe.h"
#include "tests/rules.h"

namespace gatescope::analysis {
namespace {

/// A model with those parameters set, which has read a text.
struct Measured {
  std::shared_ptr<nn::Network<double>> network;
  observe::Observation<double> observation;

  Measured(const std::string& cell, Index hidden, std::vector<nn::ForceRule> forced = {}, int length = 60,
           double gain = 1, const std::function<void(nn::Network<double>&)>& set = {})
      : network([&] {
          nn::ModelSpec spec;
          spec.cell = cell;
          spec.hidden = hidden;
          return std::make_shared<nn::Network<double>>(
              spec, nn::Interface{nn::InputKind::characters, 4, nn::Readout::softmax, 4});
        }()) {
    network->initialise(Rng(5));
    for (const nn::Parameter& p : network->table().all())
      if (p.name.starts_with("rnn.weight_hh"))
        for (Index k = 0; k < p.size(); ++k) network->parameters()[p.offset + k] *= gain;
    if (set) set(*network);
    network->prepare_all();
    std::vector<int> characters;
    for (int k = 0; k < length; ++k) characters.push_back((k * k + k / 3) % 4);
    observe::Model<double> model{.name = cell, .network = network};
    observation = observe::observe<double>(model, observe::Text{characters}, std::move(forced), {},
                                           {.needs = {.tape = true, .natural = true}});
  }
};

/// A network whose state follows h_t = M h_{t-1} + b, by ReLUs that are always open.
Measured linear(double a, double b) {
  return Measured("rnn_relu", 2, {}, 60, 1, [&](nn::Network<double>& network) {
    std::ranges::fill(network.parameters(), 0.0);
    double* weights = network.parameters().data() + network.table().find("rnn.weight_hh_l0")->offset;
    weights[0] = weights[3] = a, weights[1] = weights[2] = b;
    double* bias = network.parameters().data() + network.table().find("rnn.bias_ih_l0")->offset;
    bias[0] = 1, bias[1] = 0.5;
  });
}

TEST(Lyapunov, OfALinearNetworkAreTheLogarithmsOfItsEigenvalues) {
  const Lyapunov all = lyapunov(linear(0.7, 0.25).observation);
  ASSERT_EQ(all.exponents.size(), 2U);
  EXPECT_NEAR(all.exponents[0], std::log(0.95), 1e-9);
  EXPECT_NEAR(all.exponents[1], std::log(0.45), 1e-9);
  EXPECT_NEAR(all.running.back(), all.exponents[0], 1e-12);
  EXPECT_EQ(all.steps + all.transient, 58);
  EXPECT_TRUE(all.gates_only.empty());
}

TEST(Lyapunov, OpenForgetGatesPutTheMemoryAtZero) {
  const Lyapunov free = lyapunov(Measured("lstm", 6).observation);
  EXPECT_LT(free.gates_only.front(), -0.1);
  const Lyapunov open = lyapunov(Measured("lstm", 6, rules({"f=1"})).observation);
  EXPECT_EQ(open.gates_only, std::vector<double>(6, 0.0));
  // Without the way through h the memory is all that goes on: as many exponents of 0 as it has units.
  const Lyapunov alone = lyapunov(Measured("lstm", 6, rules({"f=1", "o=0"})).observation);
  for (Index k = 0; k < 6; ++k) EXPECT_NEAR(alone.exponents[k], 0, 1e-12);
  for (Index k = 6; k < 12; ++k) EXPECT_LT(alone.exponents[k], -30);
}

TEST(Lyapunov, SumIsTheMeanLogarithmOfTheDeterminants) {
  const Measured read("gru", 4);
  const Lyapunov all = lyapunov(read.observation);
  StateSteps<double> steps(read.observation);
  double logs = 0, sum = 0;
  for (Index t = all.transient + 1; t < steps.steps(); ++t)
    logs += std::log(std::abs(steps.jacobian(t).determinant()));
  for (const double exponent : all.exponents) sum += exponent;
  EXPECT_NEAR(sum, logs / static_cast<double>(all.steps), 1e-9);
}

TEST(Reach, OfALinearNetworkIsItsSlowestEigenvalue) {
  const Reach all = reach(linear(0.7, 0.25).observation);
  EXPECT_NEAR(all.tail.ratio, 0.95, 1e-6);
  EXPECT_NEAR(all.tail.time_constant, -1 / std::log(0.95), 1e-3);
  EXPECT_FALSE(all.tail.censored);
  EXPECT_EQ(all.tail.to, all.lags.back());
  EXPECT_NEAR(all.state.median[0], std::sqrt(2.0), 1e-15);
  EXPECT_EQ(all.state.lower, all.state.upper);  // the same at every position
}

TEST(Reach, IsCensoredWhereTheTextEndsAndSaysByHowMuchItGrows) {
  const Reach kept = reach(linear(0.9, 0.0999).observation);
  EXPECT_TRUE(kept.tail.censored);
  const Reach grows = reach(linear(1.2, 0.3).observation);
  EXPECT_NEAR(grows.tail.ratio, 1.5, 1e-6);
  EXPECT_TRUE(std::isinf(grows.tail.time_constant));
  EXPECT_NEAR(grows.tail.grown, std::pow(1.5, static_cast<double>(grows.tail.to)) / std::sqrt(2.0),
              1e-3 * grows.tail.grown);
}

TEST(Reach, OfOneLossIsThePassOfThatLossAlone) {
  const Measured read("lstm", 5);
  const Reach all = reach(read.observation);
  ASSERT_EQ(all.loss_positions(), 59);
  std::vector<double> sizes;  // of all losses, at lag 7
  for (Index t = 7; t < 59; ++t) {
    const auto text = observe::with_loss_at(read.observation, t);
    const auto& tape = text.trace.tapes[0];
    sizes.push_back(std::hypot(tape.gradients(tape.info().find("h")).col(t - 7).norm(),
                               tape.gradients(tape.info().find("c")).col(t - 7).norm()));
  }
  std::ranges::sort(sizes);
  EXPECT_NEAR(all.loss.median[7], (sizes[25] + sizes[26]) / 2, 1e-12);
}

TEST(Reach, MediansAreOverThePositionsThatHaveTheLag) {
  const Measured read("gru", 3, {}, 9);
  const Reach all = reach(read.observation);
  ASSERT_EQ(all.sequences.at(0).states, (std::vector<Index>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(all.lags.back(), 4);  // four positions have it
  std::vector<double> at_3;
  for (Index t = 3; t <= 7; ++t) at_3.push_back(state_jacobians(read.observation, t).frobenius[3]);
  std::ranges::sort(at_3);
  EXPECT_DOUBLE_EQ(all.state.median[3], at_3[2]);
  EXPECT_DOUBLE_EQ(all.state.lower[3], at_3[1]);
}

TEST(Reach, GoesFurtherWhereTheGatesAreHeldOpen) {
  const Reach free = reach(Measured("lstm", 8, {}, 60, 0.5).observation),
              open = reach(Measured("lstm", 8, rules({"f=1"}), 60, 0.5).observation),
              shut = reach(Measured("lstm", 8, rules({"f=0"}), 60, 0.5).observation);
  EXPECT_GT(open.tail.time_constant, 3 * free.tail.time_constant);
  EXPECT_LT(shut.tail.time_constant, free.tail.time_constant);
}

}  // namespace
}  // namespace gatescope::analysis
