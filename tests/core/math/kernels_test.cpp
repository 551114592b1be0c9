#include "core/math/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/math/product.h"

namespace gatescope {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <class S>
using Function = void (*)(S* x, Index n);

/// How many units in the last place of `exact` a value is away from it.
template <class S>
double ulps(S value, long double exact) {
  if (std::isnan(exact)) return std::isnan(value) ? 0 : 1e9;
  const S near = static_cast<S>(exact);
  const S next = std::nextafter(std::abs(near), std::numeric_limits<S>::infinity());
  const long double unit = static_cast<long double>(next) - std::abs(near);
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / unit);
}

/// The largest error of a function over numbers of every size and both signs, or those of one.
template <class S, class Exact>
double worst(Function<S> function, Exact exact, bool positive) {
  std::vector<S> x;
  std::mt19937 random(7);
  std::uniform_real_distribution<double> exponent(-40, 7), linear(-20, 20);
  for (int k = 0; k < 200000; ++k) {
    const double size = std::exp2(exponent(random));
    x.push_back(static_cast<S>(positive && k % 2 ? size : -size));
    const double even = linear(random);
    x.push_back(static_cast<S>(positive ? even : -std::abs(even)));
  }
  std::vector<S> y = x;
  function(y.data(), static_cast<Index>(y.size()));
  double most = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const long double right = exact(static_cast<long double>(x[k]));
    if (std::abs(right) < static_cast<long double>(std::numeric_limits<S>::min())) continue;
    most = std::max(most, ulps(y[k], right));
  }
  return most;
}

template <class S>
void expect_two_ulps(const Kernels<S>& with) {
  EXPECT_LE(worst<S>(
                with.sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, true),
            2);
  EXPECT_LE(worst<S>(
                with.tanh, [](long double x) { return std::tanh(x); }, true),
            2);
  EXPECT_LE(worst<S>(
                with.exp_of_negative, [](long double x) { return std::exp(x); }, false),
            2);
}

TEST(Kernels, SigmoidTanhAndExponentialAreWithinTwoUnitsInTheLastPlaceOnEveryLevel) {
  for (const Level& level : runnable_levels()) {
    SCOPED_TRACE(std::string(level.name));
    expect_two_ulps(level.kernels<float>());
    expect_two_ulps(level.kernels<double>());
  }
}

TEST(Kernels, SigmoidAndTanhKeepNansAndEndAtTheirLimits) {
  for (const Level& level : runnable_levels()) {
    SCOPED_TRACE(std::string(level.name));
    const std::vector<float> x{kInfinity, -kInfinity, std::nanf(""), 0,    -0.0f,
                               1e30f,     -1e30f,     1e-40f,        -200, 200};
    std::vector<float> s = x, t = x;
    level.kernels<float>().sigmoid(s.data(), static_cast<Index>(s.size()));
    level.kernels<float>().tanh(t.data(), static_cast<Index>(t.size()));
    EXPECT_EQ(s[0], 1);
    EXPECT_EQ(s[1], 0);
    EXPECT_TRUE(std::isnan(s[2]));
    EXPECT_EQ(s[3], 0.5f);
    EXPECT_EQ(s[5], 1);
    EXPECT_EQ(s[6], 0);
    EXPECT_EQ(t[0], 1);
    EXPECT_EQ(t[1], -1);
    EXPECT_TRUE(std::isnan(t[2]));
    EXPECT_EQ(t[3], 0);
    EXPECT_TRUE(std::signbit(t[4]));
    EXPECT_EQ(t[5], 1);
    EXPECT_EQ(t[6], -1);
    EXPECT_EQ(t[7], 1e-40f);
  }
}

TEST(Kernels, ExponentialsAreThoseOfEachColumnAndTheirSum) {
  for (const Level& level : runnable_levels()) {
    SCOPED_TRACE(std::string(level.name));
    for (const Index rows : {1, 3, 16, 65}) {
      const Matrix<float> logits = 10 * Matrix<float>::Random(rows, 5);
      Matrix<float> out(rows, 5);
      std::vector<float> highest(5), sum(5);
      level.kernels<float>().exponentials(logits.data(), rows, 5, out.data(), highest.data(), sum.data());
      for (Index n = 0; n < 5; ++n) {
        EXPECT_EQ(highest[n], logits.col(n).maxCoeff());
        const Vector<float> right = (logits.col(n).array() - logits.col(n).maxCoeff()).exp();
        EXPECT_LT((out.col(n) - right).cwiseAbs().maxCoeff(), 1e-6f);
        EXPECT_NEAR(sum[n], right.sum(), 1e-5f);
      }
    }
  }
}

TEST(Kernels, AColumnWithANanHasANanAsItsSum) {
  for (const Level& level : runnable_levels()) {
    for (const Index place : {0, 20, 64}) {
      std::vector<float> logits(65, 1.0f), out(65);
      logits[place] = std::nanf("");
      float highest = 0, sum = 0;
      level.kernels<float>().exponentials(logits.data(), 65, 1, out.data(), &highest, &sum);
      EXPECT_TRUE(std::isnan(sum)) << level.name << " " << place;
    }
  }
}

TEST(Kernels, SumsAddsAndLimitsAreRightForEveryLength) {
  for (const Level& level : runnable_levels()) {
    SCOPED_TRACE(std::string(level.name));
    const Kernels<double>& with = level.kernels<double>();
    for (Index n = 0; n < 70; ++n) {
      const Vector<double> x = Vector<double>::Random(n), y = Vector<double>::Random(n);
      EXPECT_NEAR(with.sum_of_squares(x.data(), n), x.squaredNorm(), 1e-12);
      EXPECT_NEAR(with.sum_of_magnitudes(x.data(), n), x.cwiseAbs().sum(), 1e-12);
      Vector<double> z = x;
      with.add(z.data(), y.data(), n);
      EXPECT_EQ(z, x + y);
      with.clip(z.data(), 0.5, n);
      EXPECT_EQ(z, (x + y).cwiseMin(0.5).cwiseMax(-0.5));
      with.scale(z.data(), 3, n);
      EXPECT_EQ(z, 3 * (x + y).cwiseMin(0.5).cwiseMax(-0.5));
    }
  }
}

TEST(Kernels, ColumnsAreAddedToOneAndToTheirPlaces) {
  for (const Level& level : runnable_levels()) {
    for (const Index rows : {1, 7, 16, 37}) {
      const Matrix<double> from = Matrix<double>::Random(rows, 6);
      Vector<double> sum = Vector<double>::Ones(rows);
      level.kernels<double>().add_columns(sum.data(), from.data(), rows, 6);
      EXPECT_LT((sum - Vector<double>::Ones(rows) - from.rowwise().sum()).cwiseAbs().maxCoeff(), 1e-13);
      const std::vector<int> places{2, 0, 2, 1, 1, 2};
      Matrix<double> to = Matrix<double>::Zero(rows + 3, 3), right = to;
      level.kernels<double>().scatter_columns(to.data(), rows + 3, places.data(), from.data(), rows, 6);
      for (Index n = 0; n < 6; ++n) right.col(places[n]).head(rows) += from.col(n);
      EXPECT_LT((to - right).cwiseAbs().maxCoeff(), 1e-13);
    }
  }
}

/// Everything but what belongs to levels without FMA.
TEST(Kernels, LevelsWithFmaGiveTheSameBits) {
  std::vector<const Level*> fused;
  for (const Level& level : runnable_levels())
    if (level.name != "x86-64-v2" && level.name != "plain") fused.push_back(&level);
  if (fused.size() < 2) GTEST_SKIP() << "this machine has one such level";
  const Index rows = 61, cols = 300, n = 19;
  const Matrix<float> a = Matrix<float>::Random(rows, cols), x = Matrix<float>::Random(cols, n);
  std::vector<Matrix<float>> results;
  for (const Level* level : fused) {
    const Kernels<float>& with = level->kernels<float>();
    PackedMatrix<float> packed(with);
    packed.pack(a.data(), rows, rows, cols);
    Matrix<float> y = Matrix<float>::Zero(rows, n);
    packed.multiply_add(x.data(), cols, y.data(), rows, n);
    with.tanh(y.data(), y.size() / 2);
    with.sigmoid(y.data() + y.size() / 2, y.size() - y.size() / 2);
    y(0, 0) = with.sum_of_squares(y.data(), y.size());
    results.push_back(y);
  }
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace gatescope
