// Scales and windows: fitted to what is learnt alone, cut by time, exact both ways.

#include "core/series/windows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/math/rng.h"
#include "tests/error_of.h"

namespace gatescope::series {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Series one_column(std::vector<double> values) {
  Series series;
  series.title = "a test";
  series.columns = {"x"};
  series.given = {0};
  series.values = std::move(values);
  return series;
}
std::vector<double> counting(Index rows, double from = 1) {
  std::vector<double> all;
  for (Index k = 0; k < rows; ++k) all.push_back(from + static_cast<double>(k));
  return all;
}

TEST(Scale, EveryScalingComesBack) {
  Rng rng{1};
  std::vector<double> values;
  for (int k = 0; k < 100; ++k) values.push_back(std::exp(rng.normal()));
  for (const Scaling scaling :
       {Scaling::none, Scaling::z_score, Scaling::log, Scaling::difference, Scaling::log_difference}) {
    const Scale scale = fit(scaling, values);
    double sum = 0, squares = 0, count = 0;
    for (std::size_t k = 1; k < values.size(); ++k) {
      const double scaled = scale.scaled(values[k], values[k - 1]);
      EXPECT_NEAR(scale.value(scaled, values[k - 1]), values[k], 1e-12 * (1 + values[k]));
      sum += scaled, squares += scaled * scaled, count += 1;
    }
    if (scaling == Scaling::none) continue;
    EXPECT_NEAR(sum / count, 0, 0.05);
    EXPECT_NEAR(squares / count, 1, 0.1);
  }
}

TEST(Scale, IsFittedByHand) {
  const std::vector<double> values{1, 3, kNone, 5, 9};
  const Scale z = fit(Scaling::z_score, values);
  EXPECT_DOUBLE_EQ(z.mean, 4.5);
  EXPECT_DOUBLE_EQ(z.deviation, std::sqrt((3.5 * 3.5 + 1.5 * 1.5 + 0.5 * 0.5 + 4.5 * 4.5) / 4));
  const Scale d = fit(Scaling::difference, values);
  EXPECT_DOUBLE_EQ(d.mean, 3) << "2 and 4: changes over the gap are left out";
  EXPECT_DOUBLE_EQ(d.deviation, 1);
  EXPECT_EQ(fit(Scaling::z_score, std::vector<double>{7, 7, 7}).deviation, 1);
  const Scale tiny = fit(Scaling::z_score, std::vector<double>{1e-14, 3e-14, 5e-14});
  EXPECT_NEAR(tiny.deviation, std::sqrt(8.0 / 3) * 1e-14, 1e-20) << "small is not the same";
}

TEST(Windows, NothingOfWhatIsHeldOutIsLearnt) {
  std::vector<double> values = counting(100);
  const Windows windows(one_column(values), {.window = 10, .horizon = 5, .held_out = 0.2});
  EXPECT_EQ(windows.split(), 80);
  EXPECT_EQ(windows.steps(), 14);
  EXPECT_DOUBLE_EQ(windows.scale(0).mean, 40.5) << "of 1 to 80";
  // The last sequence that is learnt tells row 79 at its last step.
  EXPECT_EQ(windows.first_of(windows.sequences() - 1) + windows.steps(), 79);
  for (double& value : values) value = value > 80 ? -1000 : value;
  const Windows others(one_column(values), windows.cut());
  EXPECT_EQ(others.scale(0).mean, windows.scale(0).mean);
  EXPECT_EQ(others.scale(0).deviation, windows.scale(0).deviation);
  const auto origins = windows.origins(1000);
  EXPECT_EQ(origins.front(), 80);
  EXPECT_EQ(origins.back(), 95);
  EXPECT_EQ(windows.origins(3), (std::vector<Index>{80, 87, 95}));
}

TEST(Windows, AGapIsFilledAndNotScored) {
  std::vector<double> values = counting(60);
  values[0] = values[20] = values[21] = kNone;
  const Windows z(one_column(values), {.window = 5, .horizon = 3});
  EXPECT_EQ(z.filled(0, 0), 2) << "the first there is";
  EXPECT_EQ(z.filled(21, 0), 20) << "the last before";
  EXPECT_FALSE(z.scored(20) || z.scored(21) || z.scored(0));
  EXPECT_TRUE(z.scored(22));
  const Windows d(one_column(values), {.window = 5, .horizon = 3, .scaling = Scaling::difference});
  EXPECT_FALSE(d.scored(22)) << "it changed since a row that is missing";
  EXPECT_TRUE(d.scored(23));
}

TEST(Windows, FindsWhereASequenceBegins) {
  const Windows windows(one_column(counting(60)), {.window = 5, .horizon = 3});
  std::vector<float> read;
  for (Index row = 17; row < 24; ++row) read.push_back(windows.read(row)[0]);
  EXPECT_EQ(windows.find(read), 17);
  read[3] += 0.01F;
  EXPECT_EQ(windows.find(read), std::nullopt);
  EXPECT_EQ(windows.find({}), std::nullopt);
}

TEST(Windows, SaysWhatWouldFit) {
  const auto refused = [](Index rows, Cut cut) {
    return error_of([&] { Windows(one_column(counting(rows)), cut); });
  };
  // 40 of 50 rows: a window of w needs w + 4 + 1.
  EXPECT_NE(refused(50, {.window = 36, .horizon = 5}).find("choose a window of 35 or fewer"),
            std::string::npos)
      << refused(50, {.window = 36, .horizon = 5});
  EXPECT_EQ(refused(50, {.window = 35, .horizon = 5}), "no error");
  EXPECT_EQ(refused(50, {.window = 34, .horizon = 5, .scaling = Scaling::difference}), "no error");
  EXPECT_NE(refused(50, {.window = 35, .horizon = 5, .scaling = Scaling::difference}), "no error");
  EXPECT_NE(refused(3, {.window = 1, .horizon = 12}).find("shorter horizon"), std::string::npos);
  std::vector<double> gone(50, kNone);
  gone.back() = 1;
  EXPECT_NE(error_of([&] {
              Windows(one_column(gone), {.window = 5, .horizon = 3});
            }).find("no number in the 40 rows"),
            std::string::npos);
  std::vector<double> negative = counting(50);
  negative[48] = -1;
  EXPECT_NE(error_of([&] {
              Windows(one_column(negative), {.window = 5, .horizon = 3, .scaling = Scaling::log});
            }).find("a test: the column \"x\" has -1 at 48, and only numbers above 0"),
            std::string::npos)
      << "what is held out has to be scaled, too";
}

TEST(Windows, WhatIsKnownInAdvanceIsReadAndNotTold) {
  Series series;
  series.title = "two";
  series.columns = {"u", "y"};
  series.given = {1, 0};
  for (int k = 0; k < 60; ++k) series.values.insert(series.values.end(), {k % 7 - 3.0, 1.0 + k});
  const Windows windows(series, {.window = 5, .horizon = 3, .scaling = Scaling::log});
  EXPECT_EQ(windows.inputs(), 2);
  EXPECT_EQ(windows.outputs(), 1);
  EXPECT_EQ(windows.told(0), 1);
  EXPECT_EQ(windows.scale(0).scaling, Scaling::z_score) << "it may be below 0";
  // A row is read with what is known of the next one.
  for (const Index row : {Index{0}, Index{30}, Index{58}})
    EXPECT_EQ(windows.read(row)[0], static_cast<float>(windows.scale(0).scaled(
                                        series.values[static_cast<std::size_t>(2 * row + 2)], 0)));
  EXPECT_EQ(windows.read(59)[0], windows.read(58)[0]) << "nothing is known of the row behind the last";
  // What is held out of it changes no scale.
  series.values[2 * 59] = -1000;
  EXPECT_EQ(Windows(series, windows.cut()).scale(0).mean, windows.scale(0).mean);
}

TEST(Windows, AModelGoesOnWithWhatItLearnt) {
  const Cut cut{.window = 10, .horizon = 5};
  const Windows learnt(one_column(counting(100)), cut);
  std::vector<double> longer = counting(150);
  longer.back() = 1e5;
  const Windows now(one_column(longer), cut, learnt.fitted());
  EXPECT_EQ(now.split(), learnt.split());
  EXPECT_EQ(now.scale(0).mean, learnt.scale(0).mean);
  EXPECT_EQ(now.scale(0).deviation, learnt.scale(0).deviation);
  EXPECT_EQ(now.last_origin(), 145);
  for (Index row = 0; row < 100; ++row) EXPECT_EQ(now.read(row)[0], learnt.read(row)[0]);
  // Another horizon does not make what was learnt held out.
  EXPECT_EQ(Windows(one_column(counting(100)), {.window = 10, .horizon = 20}, learnt.fitted()).split(), 80);
  EXPECT_NE(error_of([&] {
              Windows(one_column(counting(100)), {.window = 10, .horizon = 21}, learnt.fitted());
            }).find("the first 80 were learnt"),
            std::string::npos);
}

TEST(Windows, ASequenceThatComesAgainIsFoundBehindWhatIsLearnt) {
  std::vector<double> wave;
  for (int k = 0; k < 100; ++k) wave.push_back(k % 5);
  const Windows windows(one_column(wave), {.window = 10, .horizon = 5});
  std::vector<float> read;
  for (Index row = 72; row < 86; ++row) read.push_back(windows.read(row)[0]);
  EXPECT_EQ(windows.find(read), 72);
}

TEST(Windows, SomethingHasToBeScored) {
  Series series;
  series.title = "two";
  series.columns = {"a", "b"};
  series.given = {0, 0};
  for (int k = 0; k < 60; ++k)
    series.values.insert(series.values.end(), {k % 2 ? 1.0 * k : kNone, k % 2 ? kNone : 2.0 * k});
  EXPECT_NE(error_of([&] {
              Windows(series, {.window = 5, .horizon = 3});
            }).find("two: there is no row to learn in which every column that is forecast has a value"),
            std::string::npos);
  std::vector<double> ends = counting(60);
  for (std::size_t k = 48; k < 60; ++k) ends[k] = kNone;
  EXPECT_NE(error_of([&] {
              Windows(one_column(ends), {.window = 5, .horizon = 3});
            }).find("no row that is held out"),
            std::string::npos);
}

}  // namespace
}  // namespace gatescope::series
