#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/analysis/correlation.h"
#include "core/analysis/drift.h"
#include "core/analysis/gradient_lag.h"
#include "core/analysis/next_characters.h"
#include "core/analysis/saturation.h"
#include "core/analysis/summary.h"

namespace gatescope::analysis {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

ConstMatrixView<float> view(const Matrix<float>& values) {
  return {values.data(), values.rows(), values.cols()};
}

TEST(Summary, MeanOfFiniteLeavesOutWhatIsNoNumber) {
  const double none = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(mean_of_finite(std::vector{1.0, none, 4.0, infinity}), 2.5);
  EXPECT_TRUE(std::isnan(mean_of_finite(std::vector{none})));
  EXPECT_TRUE(std::isnan(mean_of_finite({})));
}

TEST(Summary, IsOfFiniteValuesOnly) {
  Matrix<float> values(2, 3);
  values << 1, kNan, 3, kInfinity, 5, -1;
  const Summary summary = summarise(values);
  EXPECT_EQ(summary.finite, 4);
  EXPECT_DOUBLE_EQ(summary.mean, 2);
  EXPECT_DOUBLE_EQ(summary.deviation, std::sqrt(5.0));
  EXPECT_EQ(summary.least, -1);
  EXPECT_EQ(summary.greatest, 5);
  EXPECT_TRUE(std::isnan(summarise(Matrix<float>::Constant(2, 2, kNan)).mean));
  EXPECT_EQ(summarise(Matrix<float>(0, 0)).finite, 0);
}

TEST(Summary, AUsualSizeIsNotThatOfOneUnitFarOut) {
  Matrix<float> values = Matrix<float>::Constant(40, 50, 1);
  EXPECT_DOUBLE_EQ(usual_size(view(values)), 1);
  values.row(3).setConstant(-90);
  EXPECT_DOUBLE_EQ(usual_size(view(values)), 1) << "one unit of forty";
  values.row(3).setConstant(-1.4F);
  EXPECT_NEAR(usual_size(view(values)), 1.4, 1e-6) << "not far out";
  values.topRows(10).setConstant(7);
  EXPECT_DOUBLE_EQ(usual_size(view(values)), 7) << "many are far out";
  values.setConstant(kNan);
  EXPECT_TRUE(std::isnan(usual_size(view(values))));
  EXPECT_DOUBLE_EQ(usual_size(view(Matrix<float>::Constant(1, 3, -4))), 4) << "a unit's own";
  // Of many values some stand for all, and of every unit.
  Matrix<float> large = Matrix<float>::Constant(64, 4000, 1);
  for (int u = 0; u < 64; u += 8) large.row(u).setConstant(5);
  EXPECT_DOUBLE_EQ(usual_size(view(large)), 5);
  EXPECT_DOUBLE_EQ(size_of_share(view(large), 0.8), 1);
}

TEST(Units, ThatTellMostVaryMuchAndOtherwiseThanThoseBefore) {
  Matrix<float> values(4, 4);
  values << 4, -4, 4, -4,  // the most
      3, -3, 3, -3,        // the same once more
      1, 1, -1, -1,        // less, but otherwise
      7, 7, 7, 7;          // nothing
  EXPECT_EQ(most_varying_units(view(values), 3), (std::vector{0, 1, 2}));
  EXPECT_EQ(telling_units(view(values), 2), (std::vector{0, 2}));
  EXPECT_EQ(telling_units(view(values), 9).size(), 4U);
  EXPECT_EQ(telling_units(view(values), 0).size(), 0U);
  values.setConstant(kNan);
  EXPECT_EQ(telling_units(view(values), 2), (std::vector{0, 1}));
}

TEST(Drift, IsTheMeanStepOverTheDeviation) {
  Matrix<float> values(3, 4);
  values << 0, 1, 0, 1, 0, 0, 1, 1, 5, 5, 5, 5;
  const Drift drift = relative_step(view(values));
  EXPECT_DOUBLE_EQ(drift.units[0], 2);
  EXPECT_DOUBLE_EQ(drift.units[1], 2.0 / 3);
  EXPECT_TRUE(std::isnan(drift.units[2])) << "never moves";
  EXPECT_DOUBLE_EQ(drift.mean, 4.0 / 3);
  EXPECT_TRUE(std::isnan(relative_step(view(Matrix<float>::Ones(1, 1))).mean));
}

TEST(Saturation, CountsStepsBelowATenthAndAboveNineTenths) {
  Matrix<float> values(2, 4);
  values << 0.05F, 0.1F, 0.9F, 0.95F, kNan, 0, 0, 1;
  const Saturation shares = saturation(view(values), 2);
  EXPECT_EQ(shares.left, (std::vector{0.25, 2.0 / 3}));
  EXPECT_EQ(shares.right, (std::vector{0.25, 1.0 / 3}));
  Matrix<float> tanh(1, 4);
  tanh << -0.85F, -0.7F, 0.7F, 0.85F;
  EXPECT_EQ(saturation(view(tanh), 1, -1, 1).left[0], 0.25);
  Matrix<float> relu(1, 4);
  relu << 0, 0, 0.01F, 900;
  const Saturation rectified = saturation(view(relu), 1, 0, std::numeric_limits<double>::infinity());
  EXPECT_EQ(rectified.left[0], 0.5);
  EXPECT_EQ(rectified.right[0], 0);
  const Saturation one = saturation(view(values), 1);  // two numbers of one unit
  EXPECT_EQ(one.left, std::vector{3.0 / 7});
  EXPECT_EQ(one.right, std::vector{2.0 / 7});
}

TEST(GradientReach, IsTheFirstLagWithLessThanAThousandthLeft) {
  EXPECT_EQ(gradient_reach({1, 0.1, 0.002, 0.0009, 0.5}), 3);
  EXPECT_EQ(gradient_reach({4, 0.005, 0.0039}), 2);
  EXPECT_EQ(gradient_reach({1, 2, 4}), std::nullopt);
  EXPECT_EQ(gradient_reach({1, std::nan(""), 0}), std::nullopt);
  EXPECT_EQ(gradient_reach({0, 0}), 0);
  EXPECT_EQ(gradient_reach({}), 0);
}

TEST(NextCharacters, AreTheLikeliestFirstAndTiesByNumber) {
  Vector<float> logits(4);
  logits << 1, 3, 1, 2;
  const auto next = next_characters(logits, 3);
  ASSERT_EQ(next.size(), 3U);
  EXPECT_EQ(next[0].character, 1);
  EXPECT_EQ(next[1].character, 3);
  EXPECT_EQ(next[2].character, 0);
  double sum = 0;
  for (const auto& n : next_characters(logits, 99)) sum += n.probability;
  EXPECT_NEAR(sum, 1, 1e-12);
  logits << 1000, -1000, -kInfinity, 1000;
  EXPECT_EQ(next_characters(logits, 1)[0].probability, 0.5);
  logits[2] = kNan;
  EXPECT_EQ(next_characters(logits, 2)[0].character, 0);
  EXPECT_TRUE(std::isnan(next_characters(logits, 2)[0].probability));
}

TEST(Correlation, IsPearsons) {
  EXPECT_DOUBLE_EQ(correlation({1, 2, 3}, {2, 4, 6}), 1);
  EXPECT_DOUBLE_EQ(correlation({1, 2, 3}, {6, 4, 2}), -1);
  EXPECT_DOUBLE_EQ(correlation({1, std::nan(""), 2, 3}, {1, 9, 3, 2}), 0.5);
  EXPECT_TRUE(std::isnan(correlation({1, 1}, {1, 2})));
  EXPECT_TRUE(std::isnan(correlation({}, {})));
}

}  // namespace
}  // namespace gatescope::analysis
