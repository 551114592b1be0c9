#include "core/train/optimizer.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace gatescope::train {
namespace {

/// Three updates from known gradients; what torch.optim (1.13, float64) makes of the same is expected.
void expect_parameters(const experiment::OptimizerSpec& spec, const std::array<double, 4>& expected) {
  const double gradients[3][4] = {{0.5, -1.0, 2.0, 0.001}, {0.25, 1.5, -2.0, 0.0}, {-0.75, 0.5, 1.0, 3.0}};
  std::array<double, 4> parameters{1, 2, 3, 4};
  OptimizerState<double> state;
  state.resize(4);
  for (const auto& g : gradients) {
    ++state.updates;
    update<double>(spec, state, parameters.data(), g, 1.0, 0, 3);  // in two stretches, as threads do
    update<double>(spec, state, parameters.data(), g, 1.0, 3, 4);
  }
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(parameters[k], expected[k], 1e-12);
}

TEST(Optimizer, AdamIsPyTorchs) {
  expect_parameters({.rule = experiment::OptimizerRule::adam, .rate = 0.1},
                    {0.814979720110778, 2.0396963784494653, 2.887790605050143, 3.769097518410043});
}

TEST(Optimizer, SgdWithMomentumIsPyTorchs) {
  expect_parameters({.rule = experiment::OptimizerRule::sgd, .rate = 0.1, .momentum = 0.9},
                    {0.892, 1.936, 2.738, 3.6997289999999996});
}

TEST(Optimizer, RmspropIsPyTorchs) {
  expect_parameters({.rule = experiment::OptimizerRule::rmsprop, .rate = 0.1, .momentum = 0.5},
                    {-0.6191576827894025, 2.2311049690819065, 1.9777513987861548, 1.250175070285075});
}

TEST(Optimizer, WeightDecayIsAdamWsAndSparesWhatTheTableSays) {
  const double gradients[3][4] = {{0.5, -1.0, 2.0, 0.001}, {0.25, 1.5, -2.0, 0.0}, {-0.75, 0.5, 1.0, 3.0}};
  const experiment::OptimizerSpec spec{.rate = 0.1, .weight_decay = 0.3};
  nn::ParameterTable table;
  table.add_matrix("weight", 1, 2);
  table.add_vector("bias", 2);
  std::array<double, 4> parameters{1, 2, 3, 4};
  OptimizerState<double> state;
  state.resize(4);
  for (const auto& g : gradients) {
    ++state.updates;
    for (const auto& [first, last] : {std::pair{0, 1}, {1, 4}}) {  // in two stretches, as threads do
      decay<double>(spec, table, parameters.data(), first, last);
      update<double>(spec, state, parameters.data(), g, 1.0, first, last);
    }
  }
  // torch.optim.AdamW (1.13, float64), the last two parameters with weight_decay=0.
  const std::array<double, 4> expected{0.736359258838254, 1.8598754839511389, 2.887790605050143,
                                       3.769097518410043};
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(parameters[k], expected[k], 1e-12);
}

}  // namespace
}  // namespace gatescope::train
