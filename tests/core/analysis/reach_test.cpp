// The reach over held-out sequences; over one text see lyapunov_test.cpp.

#include "core/analysis/reach.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "any_observation.h"
#include "core/analysis/gradient_lag.h"
#include "core/analysis/state_steps.h"
#include "core/observe/held_out.h"
#include "core/session/learner.h"

namespace gatescope::analysis {
namespace {

observe::HeldOutSequences three_sequences(int steps) {
  auto all = std::make_shared<std::vector<observe::Pair>>();
  for (int k = 0; k < 3; ++k) {
    observe::Pair& pair = all->emplace_back();
    for (int t = 0; t < steps; ++t) {
      pair.tokens.push_back((t * t + k * t + k) % kAnyVocabulary);
      pair.targets.push_back((t + 2 * k) % kAnyVocabulary);
    }
  }
  return all;
}

TEST(Reach, OverHeldOutSequencesIsTheMedianOfExplicitJacobiansAndGradients) {
  constexpr int kSteps = 12;
  const auto sequences = three_sequences(kSteps);
  for (const std::string cell : {"lstm", "gru", "rnn"}) {
    const auto observation =
        any_observation<double>(any_spec(cell, 3, 2), rules({"f@3-5=*0.5", "h@7=*0.8"}), 20);
    observe::say_held_out(observation, sequences);
    for (const bool natural : {false, true}) {
      const Reach all = reach(observation, natural, 3);  // the last position of each
      EXPECT_TRUE(all.held_out);
      ASSERT_EQ(all.sequences.size(), 3U);
      EXPECT_EQ(all.positions(), 3);
      EXPECT_EQ(all.lags.size(), 12U);
      std::vector<std::vector<double>> states, losses;
      for (const observe::Pair& pair : *sequences) {
        auto network = std::make_shared<nn::Network<double>>(observation.network->spec(),
                                                             observation.network->interface());
        network->parameters() = observation.network->parameters();
        network->prepare_all();
        const observe::Model<double> model{.name = "again", .network = network};
        const auto forced = natural ? std::vector<nn::ForceRule>() : observation.rules;
        const auto read = observe::observe<double>(model, pair, forced, {});
        StateSteps<double> steps(read);
        Eigen::MatrixXd product = Eigen::MatrixXd::Identity(steps.state().size, steps.state().size);
        std::vector<double>& state = states.emplace_back();
        for (Index lag = 0; lag < kSteps; ++lag) {
          if (lag > 0) product = product * steps.jacobian(kSteps - lag);
          state.push_back(product.norm());
        }
        const auto last = observe::with_loss_at(read, kSteps - 1);
        std::vector<double>& loss = losses.emplace_back();
        for (Index lag = 0; lag < kSteps; ++lag) {
          double squares = 0;
          for (const JointState::Part& part : steps.state().parts)
            squares +=
                last.trace.tapes[part.layer].gradients(part.channel).col(kSteps - 1 - lag).squaredNorm();
          loss.push_back(std::sqrt(squares));
        }
      }
      const auto middle = [](const std::vector<std::vector<double>>& of, std::size_t lag) {
        std::vector<double> three{of[0][lag], of[1][lag], of[2][lag]};
        std::ranges::sort(three);
        return three;
      };
      for (std::size_t lag = 0; lag < kSteps; ++lag) {
        const auto state = middle(states, lag), loss = middle(losses, lag);
        EXPECT_NEAR(all.state.median[lag], state[1], 1e-12 * state[1]) << cell << lag;
        EXPECT_NEAR(all.state.lower[lag], (state[0] + state[1]) / 2, 1e-12 * state[1]);
        EXPECT_NEAR(all.state.upper[lag], (state[1] + state[2]) / 2, 1e-12 * state[2]);
        EXPECT_NEAR(all.loss.median[lag], loss[1], 1e-12 + 1e-10 * loss[1]) << cell << lag;
      }
    }
  }
}

TEST(Reach, OverHeldOutSequencesTakesPositionsOfEachAndOtherwiseOfTheText) {
  const auto observation = any_observation<float>(any_spec("gru"), {}, 30);
  const Reach text = reach(observation);
  EXPECT_FALSE(text.held_out);
  ASSERT_EQ(text.sequences.size(), 1U);
  EXPECT_EQ(text.sequences[0].steps, 30);
  EXPECT_EQ(text.loss_positions(), 30);
  observe::say_held_out(observation, three_sequences(40));
  const Reach all = reach(observation, false, 24);
  for (const Reach::Positions& each : all.sequences) {
    EXPECT_EQ(each.steps, 40);
    EXPECT_EQ(each.states, (std::vector<Index>{4, 9, 14, 19, 24, 29, 34, 39}));
    EXPECT_EQ(each.losses, each.states);
  }
}

}  // namespace
}  // namespace gatescope::analysis
