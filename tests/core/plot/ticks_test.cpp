#include "core/plot/ticks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gatescope::plot {
namespace {

std::vector<std::string> labels(const AxisTicks& ticks) {
  std::vector<std::string> out;
  for (const auto& tick : ticks.major) out.push_back(tick.label);
  return out;
}

using Labels = std::vector<std::string>;

}  // namespace

TEST(Scale, GoesThereAndBack) {
  for (const Scale& scale :
       {Scale{ScaleKind::linear, -3, 7}, Scale{ScaleKind::log, 1e-8, 1},
        Scale{ScaleKind::symlog, -50, 1000, 0.1}, Scale{ScaleKind::linear, 0, 64, 1, true}})
    for (double f : {0.0, 0.25, 0.5, 1.0}) EXPECT_NEAR(scale.fraction(scale.value(f)), f, 1e-9);
}

TEST(Scale, HasNoPlaceForWhatCannotBeShown) {
  EXPECT_TRUE(std::isnan((Scale{ScaleKind::log, 1, 10}.fraction(0))));
  EXPECT_TRUE(std::isnan((Scale{ScaleKind::log, 1, 10}.fraction(-1))));
  EXPECT_TRUE(std::isnan(Scale{}.fraction(std::numeric_limits<double>::infinity())));
  EXPECT_DOUBLE_EQ((Scale{ScaleKind::symlog, -1, 1, 0.01}.fraction(0)), 0.5);
}

TEST(Ticks, LinearOnesAreRoundAndShareTheirDecimals) {
  EXPECT_EQ(labels(choose_ticks({ScaleKind::linear, 0, 1}, false, 6)),
            (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels(choose_ticks({ScaleKind::linear, -1.2, 1.3}, false, 5)),
            (Labels{"−1.0", "−0.5", "0.0", "0.5", "1.0"}));
  EXPECT_EQ(labels(choose_ticks({ScaleKind::linear, 0, 4180}, true, 5)),
            (Labels{"0", "1,000", "2,000", "3,000", "4,000"}));
}

TEST(Ticks, WholeAxesNeverShowHalfSteps) {
  EXPECT_EQ(labels(choose_ticks({ScaleKind::linear, -0.5, 1.5}, true, 8)), (Labels{"0", "1"}));
  EXPECT_EQ(labels(choose_ticks({ScaleKind::linear, -0.5, 0.5}, true, 8)), (Labels{"0"}));
}

TEST(Ticks, NeverMoreThanAskedAndAlwaysInside) {
  for (double span : {1e-9, 3e-3, 0.7, 1.0, 13.0, 999.0, 1e12})
    for (int most : {2, 3, 5, 9})
      for (double low : {0.0, -0.31 * span, 7.7 * span}) {
        const Scale scale{ScaleKind::linear, low, low + span};
        const auto ticks = choose_ticks(scale, false, most);
        EXPECT_LE(int(ticks.major.size()), most);
        for (const auto& tick : ticks.major) {
          EXPECT_GE(scale.fraction(tick.at), -1e-6);
          EXPECT_LE(scale.fraction(tick.at), 1 + 1e-6);
        }
      }
}

TEST(Ticks, LogAxesHaveDecadesWithMinorTicks) {
  const auto ticks = choose_ticks({ScaleKind::log, 0.9e-3, 1.1}, false, 8);
  EXPECT_EQ(labels(ticks), (Labels{"10⁻³", "10⁻²", "10⁻¹", "1"}));
  EXPECT_EQ(ticks.minor.size(), 3u * 8 + 1) << "2..9 of three decades and 0.0009";
}

TEST(Ticks, ManyDecadesAreThinnedEvenlyThroughOne) {
  EXPECT_EQ(labels(choose_ticks({ScaleKind::log, 1e-12, 1}, false, 5)),
            (Labels{"10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "1"}));
}

TEST(Ticks, LessThanADecadeStillHasTicks) {
  EXPECT_EQ(labels(choose_ticks({ScaleKind::log, 1.5, 6}, false, 8)), (Labels{"2", "5"}));
  EXPECT_GE(choose_ticks({ScaleKind::log, 2.1, 2.6}, false, 8).major.size(), 2u);
}

TEST(Ticks, SymmetricLogHasZeroAndBothSigns) {
  EXPECT_EQ(labels(choose_ticks({ScaleKind::symlog, -100, 100, 1}, false, 7)),
            (Labels{"−100", "−10", "−1", "0", "1", "10", "100"}));
}

TEST(Ticks, NumbersAreWrittenAsPeopleDo) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(-0.25), "−0.25");
  EXPECT_EQ(number_text(4180, 6), "4,180");
  EXPECT_EQ(number_text(0.002345), "0.00234");
  EXPECT_EQ(number_text(3.2e-7), "3.2×10⁻⁷");
  EXPECT_EQ(number_text(1e9), "10⁹");
  EXPECT_EQ(number_text(999.7), "1,000");
  EXPECT_EQ(number_text(std::nan("")), "not a number");
  EXPECT_EQ(fixed_text(-0.001, 2), "0.00") << "no minus before nothing";
}

TEST(Ticks, ARangeOfNothingOrInfinityHasNone) {
  EXPECT_TRUE(choose_ticks({ScaleKind::linear, 1, 1}, false, 5).major.empty());
  EXPECT_TRUE(
      choose_ticks({ScaleKind::linear, 0, std::numeric_limits<double>::infinity()}, false, 5).major.empty());
}

}  // namespace gatescope::plot
