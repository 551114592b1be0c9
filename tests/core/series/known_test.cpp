// The series that come with the program: what was observed has the known ends and sums, what equations make
// obeys them.

#include "core/series/known.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "core/series/dynamics.h"
#include "core/series/observed.h"

namespace gatescope::series {
namespace {

double sum(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(KnownSeries, HaveTheRowsThatTheirObserversWroteDown) {
  // Lengths, ends and sums of R's datasets sunspot.year, AirPassengers, co2, lynx and nottem.
  struct Facts {
    std::span<const double> values;
    std::size_t rows;
    double first, last, mean;
  };
  for (const Facts& facts :
       {Facts{sunspots(), 289, 5, 100.2, 48.613495}, Facts{airline_passengers(), 144, 112, 432, 280.298611},
        Facts{carbon_dioxide(), 468, 315.42, 364.34, 337.053526}, Facts{lynx(), 114, 269, 3396, 1538.017544},
        Facts{nottingham(), 240, 40.6, 37.8, 49.039583}}) {
    ASSERT_EQ(facts.values.size(), facts.rows);
    EXPECT_EQ(facts.values.front(), facts.first);
    EXPECT_EQ(facts.values.back(), facts.last);
    EXPECT_NEAR(sum(facts.values) / static_cast<double>(facts.rows), facts.mean, 1e-6);
  }
}

TEST(KnownSeries, SayWhoAndWhen) {
  std::set<std::string_view> keys;
  for (const KnownSeries& known : known_series()) {
    EXPECT_TRUE(keys.insert(known.key).second) << known.key;
    EXPECT_EQ(find_known_series(known.key), &known);
    const Series series = known.make(3);
    EXPECT_FALSE(series.title.empty());
    EXPECT_EQ(std::ssize(series.values), series.rows() * series.width());
    EXPECT_EQ(series.given.size(), series.columns.size());
    EXPECT_EQ(series.missing(), 0);
    EXPECT_GT(series.rows(), 100);
    EXPECT_TRUE(series.times.empty() || std::ssize(series.times) == series.rows());
    EXPECT_EQ(series.values, known.make(3).values) << "the same for the same seed";
  }
  EXPECT_EQ(find_known_series("airline")->make(1).time(0), "1949-01");
  EXPECT_EQ(find_known_series("airline")->make(1).time(143), "1960-12");
  EXPECT_EQ(find_known_series("sunspots")->make(1).time(288), "1988");
  EXPECT_EQ(find_known_series("nothing"), nullptr);
  EXPECT_NE(find_known_series("lorenz")->make(1).values, find_known_series("lorenz")->make(2).values);
}

TEST(Dynamics, NarmaObeysItsRecursion) {
  const std::vector<double> all = narma10(Rng{5}, 400);
  const auto u = [&](std::size_t t) { return all[2 * t]; };
  const auto y = [&](std::size_t t) { return all[2 * t + 1]; };
  for (std::size_t t = 9; t + 1 < 400; ++t) {
    double of_ten = 0;
    for (std::size_t k = 0; k < 10; ++k) of_ten += y(t - k);
    EXPECT_NEAR(y(t + 1), 0.3 * y(t) + 0.05 * y(t) * of_ten + 1.5 * u(t - 9) * u(t) + 0.1, 1e-12);
    EXPECT_TRUE(u(t) >= 0 && u(t) < 0.5);
  }
}

TEST(Dynamics, AFlipFlopHoldsItsLastPulse) {
  const std::vector<double> all = flip_flop(Rng{5}, 4000);
  ASSERT_EQ(all.size(), 8000u);
  int set = 0, reset = 0;
  double held = 0;
  for (std::size_t t = 0; t < 4000; ++t) {
    const double pulse = all[2 * t];
    EXPECT_TRUE(pulse == 0 || std::abs(pulse) == 1);
    set += pulse == 1, reset += pulse == -1;
    if (pulse != 0) held = pulse;
    EXPECT_EQ(std::abs(held), 1) << "the first row sets or resets it";
    EXPECT_EQ(all[2 * t + 1], held);
  }
  // One in 20 rows, half of them either way; within five deviations.
  EXPECT_NEAR(set + reset, 200, 70);
  EXPECT_NEAR(set, reset, 75);
  const Series series = find_known_series("flip_flop")->make(3);
  EXPECT_EQ(series.columns, (std::vector<std::string>{"pulse", "held"}));
  EXPECT_EQ(series.given, (std::vector<char>{1, 0})) << "pulses are known in advance";
}

TEST(Dynamics, LorenzFollowsItsSlopes) {
  // Over a row of 0.05 the mean slope is near that in the middle; over 1,000 rows it stays on the attractor.
  const std::vector<double> all = lorenz(Rng{5}, 1000);
  double worst = 0, low = 1e9, high = -1e9;
  for (std::size_t t = 1; t + 1 < 1000; ++t) {
    const double x = all[3 * t], y = all[3 * t + 1], z = all[3 * t + 2];
    const double slope = (all[3 * t + 5] - all[3 * t - 1]) / 0.1;
    worst = std::max(worst, std::abs(slope - (x * y - 8.0 / 3 * z)) / 300);
    low = std::min(low, z), high = std::max(high, z);
  }
  EXPECT_LT(worst, 0.25);
  EXPECT_TRUE(low > 0 && high < 60 && high > 30);
}

TEST(Dynamics, MackeyGlassFollowsItsDelayedSlope) {
  const std::vector<double> x = mackey_glass(Rng{5}, 600);
  for (std::size_t t = 18; t + 1 < x.size(); ++t) {
    const double slope = (x[t + 1] - x[t - 1]) / 2, then = x[t - 17];
    EXPECT_NEAR(slope, 0.2 * then / (1 + std::pow(then, 10)) - 0.1 * x[t], 0.006) << t;
    EXPECT_TRUE(x[t] > 0.1 && x[t] < 1.6);
  }
}

TEST(Dynamics, WavesHaveTheirPeriods) {
  const std::vector<double> square = square_wave(Rng{5}, 2000);
  int same = 0;
  for (std::size_t t = 16; t < square.size(); ++t) {
    EXPECT_EQ(std::abs(square[t]), 1);
    same += square[t] == square[t - 16];
  }
  EXPECT_GT(same, 1984 * 0.7);
  EXPECT_LT(same, 1984 * 0.99) << "its phase jumps";
  const std::vector<double> sines = sine_mix(Rng{5}, 1500);
  double alike = 0, size = 0;
  for (std::size_t t = 60; t < sines.size(); ++t)
    alike += sines[t] * sines[t - 60], size += sines[t] * sines[t];
  EXPECT_GT(alike / size, 0.98) << "three times 20 are eight times 7.5";
}

}  // namespace
}  // namespace gatescope::series
