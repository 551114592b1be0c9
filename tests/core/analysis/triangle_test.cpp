#include "core/analysis/triangle.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/onward.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

constexpr Index kSteps = 9;

// What leaves a layer is moved by a rule in a run of the whole text; nothing of the backward pass or of the
// runs that go on from the middle is in it.
Eigen::MatrixXd by_rules(const nn::ModelSpec& spec, const std::vector<nn::ForceRule>& forced, int layer,
                         double step) {
  Eigen::MatrixXd squares = Eigen::MatrixXd::Zero(kSteps, kSteps);
  const std::string h(nn::cell_of(spec).channels[nn::cell_of(spec).hidden()].symbol);
  for (Index t = 0; t < kSteps; ++t) {
    for (int unit = 0; unit < spec.hidden; ++unit) {
      const auto losses = [&](double by) {
        std::vector<nn::ForceRule> moved = forced;
        nn::ForceRule& rule = moved.emplace_back();
        rule.layer = layer, rule.channel = h, rule.scale = 1, rule.shift = by;
        rule.units = {{unit, unit}};
        rule.steps = {{static_cast<int>(t), static_cast<int>(t)}};
        return any_observation<double>(spec, moved, kSteps).sequence->trace.loss;
      };
      const Eigen::VectorXd slopes = (losses(step) - losses(-step)) / (2 * step);
      squares.col(t) += slopes.cwiseProduct(slopes);
    }
  }
  return squares.cwiseSqrt();
}

TEST(Triangle, IsTheFiniteDifferencesOfEveryLossAndStepForEveryCellFreeAndForced) {
  for (const nn::ModelSpec& spec : any_specs()) {
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      const auto observation = any_observation<double>(spec, forced, kSteps);
      for (int layer = 0; layer < spec.layers; ++layer) {
        const Triangle found = triangle(observation, layer, kMeasureAll);
        const Eigen::MatrixXd measured = by_rules(spec, forced, layer, 1e-5);
        // Norms of small numbers bend within a step of that size.
        Eigen::MatrixXd expected = spec.head_norm ? by_rules(spec, forced, layer, 3e-8) : measured;
        // So do keys of length 1 of small inputs, in some cells: of their differences the nearest count.
        const auto off = [&](const Eigen::MatrixXd& by) {
          return (found.loss_to_hidden - by).cwiseAbs().maxCoeff();
        };
        const bool is_mixed = spec.cell.starts_with("matrix_");
        const bool turns = is_mixed && spec.cell.find("delta") != std::string::npos;
        if (turns)
          for (const double step : {1e-6, 1e-7, 3e-8})
            if (const Eigen::MatrixXd other = by_rules(spec, forced, layer, step); off(other) < off(expected))
              expected = other;
        ASSERT_EQ(found.measured_steps.size(), static_cast<std::size_t>(kSteps));
        const double size = expected.maxCoeff();
        ASSERT_GT(size, is_mixed ? 1e-8 : 1e-6) << in_words(spec) << ": far above what rounding leaves";
        // The second is what rounding leaves of a loss's differences.
        const double close = 1e-6 * size + (turns ? 1e-9 : 1e-10);
        EXPECT_LT((found.loss_to_hidden - expected).cwiseAbs().maxCoeff(), close)
            << in_words(spec) << " layer " << layer << (forced.empty() ? " free" : " forced");
        EXPECT_LT((found.measured - measured).cwiseAbs().maxCoeff(), close)
            << in_words(spec) << " layer " << layer << (forced.empty() ? " free" : " forced");
      }
    }
  }
}

TEST(Triangle, ItsColumnsAddUpToTheGradientOfTheSummedLoss) {
  for (const nn::ModelSpec& spec : any_specs()) {
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      const Index steps = 2 * kLossesTogether + 7;  // more than one block
      const auto observation = any_observation<double>(spec, forced, steps);
      for (int layer = 0; layer < spec.layers; ++layer) {
        const Triangle found = computed_triangle(observation, layer);
        const auto& tape = observation.sequence->trace.tapes[layer];
        const Eigen::MatrixXd whole = tape.gradients(tape.info().hidden());
        EXPECT_LT((found.of_sum - whole).cwiseAbs().maxCoeff(), 1e-12 * whole.cwiseAbs().maxCoeff())
            << in_words(spec) << " layer " << layer;
        for (Index t = 0; t < steps; ++t)
          for (Index s = 0; s < t; ++s) ASSERT_EQ(found.loss_to_hidden(s, t), 0) << "nothing owes the future";
      }
    }
  }
}

TEST(Triangle, ARowIsTheGradientOfThatLossAlone) {
  const auto observation = any_observation<double>(any_spec("lstm", 6, 2), any_rules(), 70);
  for (const int layer : {0, 1}) {
    const Triangle found = computed_triangle(observation, layer);
    double sum = 0;
    for (const Index s : {0, 20, 63, 64, 69}) {
      const auto alone = observe::with_loss_at(observation, s);
      const auto& tape = alone.trace.tapes[layer];
      const auto gradients = tape.gradients(tape.info().hidden());
      for (Index t = 0; t < 70; ++t)
        EXPECT_NEAR(found.loss_to_hidden(s, t), gradients.col(t).norm(), 1e-12) << s << " " << t;
      sum = gradients.colwise().norm().sum();
    }
    EXPECT_NEAR(found.row_sums[69], sum, 1e-10);
    EXPECT_NEAR(found.column_sums[3], found.loss_to_hidden.col(3).sum(), 1e-12);
  }
}

TEST(Triangle, SinglePrecisionIsMeasuredInDoubleAndAgrees) {
  const Triangle found = triangle(any_observation<float>(any_spec("gru", 8), {}, 30), {}, kMeasureAll);
  const Disagreement told = disagreement(found);
  EXPECT_EQ(told.cells, 0);
  EXPECT_EQ(told.of, 30 * 31 / 2);
  EXPECT_LT(told.largest, 1e-3);
  EXPECT_GT(found.measured(29, 29), 1e-3);
}

TEST(Triangle, AWrongGradientDisagrees) {
  Triangle found = triangle(any_observation<double>(any_spec("lstm"), {}, 12), {}, kMeasureAll);
  EXPECT_EQ(disagreement(found).cells, 0);
  found.loss_to_hidden(7, 5) *= 1.05;
  EXPECT_EQ(disagreement(found).cells, 1);
  EXPECT_TRUE(disagree(std::nan(""), 1));
  EXPECT_FALSE(disagree(1e-12, 1e-10)) << "less than what is measured";
}

TEST(Triangle, MeasuresAsManyColumnsAsItMay) {
  const auto observation = any_observation<float>(any_spec("lstm"), {}, 40);
  EXPECT_TRUE(triangle(observation, {}, 0).measured_steps.empty());
  EXPECT_EQ(triangle(observation, {}, 1e12).measured_steps.size(), 40U);
  const Triangle some = triangle(observation, {}, 5e5);
  ASSERT_GT(some.measured_steps.size(), 2U);
  ASSERT_LT(some.measured_steps.size(), 30U);
  for (Index t = 0; t < 40; ++t) {
    const bool measured = std::ranges::find(some.measured_steps, t) != some.measured_steps.end();
    EXPECT_EQ(std::isfinite(some.measured(39, t)), measured) << t;
  }
}

TEST(Triangle, SaysHowFarItIsAndStops) {
  const auto observation = any_observation<float>(any_spec("lstm", 4, 2), {}, 80);
  trace::Watch watch;
  triangle(observation, 0, kMeasureAll, &watch);
  EXPECT_DOUBLE_EQ(watch.progress(), 1);
  trace::Watch stopped;
  stopped.stop();
  EXPECT_THROW(triangle(observation, 0, kMeasureAll, &stopped), trace::Stopped);
}

TEST(Triangle, IsRefusedWhereThereIsNone) {
  nn::ModelSpec both = any_spec("lstm");
  both.bidirectional = true;
  const auto observation = any_observation<float>(both, {}, 5);
  EXPECT_EQ(
      error_of([&] { triangle(observation, {}, 0); }),
      "the model has no triangle: it reads in both directions: losses before a step depend on its states "
      "as well, so that there is no triangle");
  const auto one = any_observation<float>(any_spec("lstm"), {}, 5);
  EXPECT_EQ(error_of([&] { triangle(one, 1, 0); }), "layer 1 does not exist, expected 0 to 0");
}

}  // namespace
}  // namespace gatescope::analysis
