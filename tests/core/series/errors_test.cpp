// Baselines and errors, against figures worked out by hand, and bands against their promise.

#include "core/series/errors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/math/rng.h"
#include "core/series/baselines.h"

namespace gatescope::series {
namespace {

/// 1 2 4 3 5 | 7 6 8 10 9, ten times as long with what stands behind.
Windows by_hand() {
  Series series;
  series.title = "by hand";
  series.columns = {"x"};
  series.given = {0};
  series.values = {1, 2, 4, 3, 5, 7, 6, 8, 10, 9};
  series.season = 3;
  return {series, {.window = 2, .horizon = 4, .held_out = 0.4}};
}

TEST(Baselines, AreWhatOneWritesDown) {
  const Windows windows = by_hand();
  ASSERT_EQ(windows.split(), 6);
  // At row 6 the last value is 7, a season before come 3 5 7 and 3 again, and it rose by 6 in 5 rows.
  EXPECT_EQ(forecast(Baseline::naive, windows, 0, 6), (std::vector<double>{7, 7, 7, 7}));
  EXPECT_EQ(forecast(Baseline::seasonal, windows, 0, 6), (std::vector<double>{3, 5, 7, 3}));
  const std::vector<double> drift = forecast(Baseline::drift, windows, 0, 6);
  for (std::size_t h = 0; h < 4; ++h) EXPECT_DOUBLE_EQ(drift[h], 7 + 1.2 * static_cast<double>(h + 1));
  // Changes of what is learnt: 1 2 1 2 2.
  EXPECT_DOUBLE_EQ(naive_error(windows, 0), 1.6);
  EXPECT_TRUE(is_there(Baseline::seasonal, windows));
  for (const Index season : {1, 7}) {
    Cut cut = windows.cut();
    Series series = windows.series();
    cut.season = series.season = season;
    EXPECT_FALSE(is_there(Baseline::seasonal, Windows(series, cut))) << "of 6 rows, a season of " << season;
  }
}

/// A column with gaps, of which 0.4 are held out: 6 rows of 10 are learnt.
Windows with_gaps(std::vector<double> values, Index season = 1) {
  Series series;
  series.title = "with gaps";
  series.columns = {"x"};
  series.given = {0};
  series.values = std::move(values);
  series.season = season;
  return {series, {.window = 2, .horizon = 4, .held_out = 0.4}};
}

TEST(Baselines, TheDriftIsThatOfTheKnownRows) {
  const double none = std::nan("");
  // y = k behind a gap: whatever the gap, it goes on as it rose.
  for (const Index gap : {0, 1, 3})
    for (const bool hole : {false, true}) {
      std::vector<double> line;
      for (Index k = 0; k < 10; ++k) line.push_back(k < gap ? none : static_cast<double>(k));
      if (hole) line[5] = none;  // the last row before the origin
      EXPECT_EQ(forecast(Baseline::drift, with_gaps(line), 0, 6), (std::vector<double>{6, 7, 8, 9})) << gap;
    }
  EXPECT_EQ(forecast(Baseline::drift, with_gaps({none, none, 3, 4, 5, 6, 7, 8, 9, 10}), 0, 3),
            (std::vector<double>{3, 3, 3, 3}))
      << "one known row says nothing of a slope";
}

TEST(Baselines, NothingThatFillsAGapIsAValue) {
  const double none = std::nan("");
  const std::vector<double> rows{1, 2, 3, 4, none, none, 7, 8, 9, 10};
  EXPECT_EQ(forecast(Baseline::naive, with_gaps(rows, 3), 0, 6), (std::vector<double>{4, 4, 4, 4}));
  // Rows 3, 4 and 5 are a season before; of 4 and 5 that has no value, a season more is 1 and 2.
  EXPECT_EQ(forecast(Baseline::seasonal, with_gaps(rows, 3), 0, 6), (std::vector<double>{4, 2, 3, 4}));
  const std::vector<double> late{none, none, 3, 4, none, 6, 7, 8, 9, 10};
  EXPECT_EQ(forecast(Baseline::seasonal, with_gaps(late, 3), 0, 6), (std::vector<double>{4, 6, 6, 4}))
      << "rows 4 and 1 are missing: the last value";
  EXPECT_DOUBLE_EQ(naive_error(with_gaps(late), 0), 1) << "3 to 4 alone: a change over a gap is none";
  for (const Baseline baseline : kBaselines)
    for (const double value : forecast(baseline, with_gaps(late, 3), 0, 2))
      EXPECT_TRUE(std::isnan(value)) << "nothing is known before row 2";
}

TEST(Errors, AreWhatOneWorksOut) {
  const std::vector<double> forecasts{3, 5, 7, 3}, truth{6, 8, 10, 9};
  const Errors off = errors(forecasts, truth, 1.6);
  EXPECT_EQ(off.count, 4);
  EXPECT_DOUBLE_EQ(off.mean_absolute, 15.0 / 4);
  EXPECT_DOUBLE_EQ(off.root_mean_square, std::sqrt(63.0 / 4));
  EXPECT_DOUBLE_EQ(off.mean_scaled, 15.0 / 4 / 1.6);
  const std::vector<double> with_gap{6, std::nan(""), 10, 9};
  EXPECT_EQ(errors(forecasts, with_gap, 1).count, 3);
  EXPECT_TRUE(std::isnan(errors(forecasts, std::vector<double>(4, std::nan("")), 1).mean_absolute));
  const Errors burst = errors(std::vector<double>{3, INFINITY, 7, 3}, truth, 1);
  EXPECT_EQ(burst.count, 4) << "a forecast that bursts is no missing one";
  EXPECT_TRUE(std::isnan(burst.mean_absolute) && std::isnan(burst.root_mean_square));
}

TEST(BestLag, KnowsACopyFromAForecast) {
  Rng rng{7};
  std::vector<double> truth;
  for (int k = 0; k < 203; ++k) truth.push_back(rng.normal());
  for (Index lag = 0; lag <= 3; ++lag) {
    std::vector<double> forecasts;
    for (std::size_t k = 3; k < truth.size(); ++k)
      forecasts.push_back(truth[k - static_cast<std::size_t>(lag)] + 0.1 * rng.normal());
    EXPECT_EQ(best_lag(forecasts, truth, 3), lag);
  }
  EXPECT_EQ(best_lag(std::vector<double>{std::nan("")}, std::vector<double>{1, 2, 3, 4}, 3), std::nullopt);
}

TEST(Conformal, TakesTheRightResidual) {
  // ceil(10 * 0.8) = 8.
  EXPECT_EQ(conformal_distance({9, 1, 2, 3, 8, 4, 5, 6, 7}, 0.8), 8);
  EXPECT_EQ(conformal_distance({1, 2, 3}, 0.8), std::nullopt) << "4 * 0.8 are more than 3";
  EXPECT_EQ(conformal_distance({1, 2, 3, 4}, 0.8), 4);
  EXPECT_EQ(conformal_distance({}, 0.8), std::nullopt);
  EXPECT_EQ(conformal_distance({1, std::nan(""), 2, 3, 4}, 0.8), 4);
  EXPECT_EQ(conformal_distance({1, INFINITY, 2, 3}, 0.8), std::nullopt) << "no band holds that";
}

TEST(Conformal, CoversAsOftenAsItPromises) {
  // Of exchangeable residuals a band holds with a chance between `coverage` and that plus 1 / (n + 1); the
  // count of independent trials lies within five deviations of a binomial.
  for (const double coverage : {0.5, 0.8, 0.95}) {
    constexpr int trials = 4000, n = 39;
    Rng rng{static_cast<std::uint64_t>(1000 * coverage)};
    int inside = 0;
    for (int trial = 0; trial < trials; ++trial) {
      std::vector<double> residuals;
      for (int k = 0; k < n; ++k) residuals.push_back(std::abs(rng.normal()));
      inside += std::abs(rng.normal()) <= *conformal_distance(residuals, coverage);
    }
    const double share = inside / static_cast<double>(trials),
                 deviation = std::sqrt(coverage * (1 - coverage) / trials);
    EXPECT_GT(share, coverage - 5 * deviation);
    EXPECT_LT(share, coverage + 1.0 / (n + 1) + 5 * deviation);
  }
}

}  // namespace
}  // namespace gatescope::series
