// Forecasts of a network: the same bits as reading its own outputs as a text would be read, and errors that
// one can work out.

#include "core/analysis/forecasts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/nn/cell.h"
#include "core/series/known.h"
#include "tests/rules.h"

namespace gatescope::analysis {
namespace {

constexpr Index kContext = 12, kAhead = 7;

series::Windows windows_of(std::string_view key, series::Scaling scaling = series::Scaling::z_score) {
  return {series::find_known_series(key)->make(1),
          {.window = kContext, .horizon = kAhead, .held_out = 0.3, .scaling = scaling}};
}

nn::Network<float> network_of(std::string_view cell, const series::Windows& windows, int layers = 1) {
  nn::ModelSpec spec;
  spec.cell = cell, spec.hidden = 8, spec.layers = layers;
  nn::Network<float> network(
      spec, {nn::InputKind::values, windows.inputs(), nn::Readout::linear, windows.outputs()});
  network.initialise(Rng{3});
  network.prepare_all();
  return network;
}

TEST(Forecasts, AreWhatReadingItsOwnOutputsOnceMoreTells) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    for (const char* key : {"sunspots", "lorenz", "narma10"}) {
      const series::Windows windows = windows_of(key);
      const nn::Network<float> network = network_of(cell->key, windows, 2);
      const std::vector<Index> origins = windows.origins(3);
      const Forecasts together = free_run(network, windows, origins, kContext, kAhead);
      for (std::size_t n = 0; n < origins.size(); ++n) {
        const auto trace = trace_of_free_run(network, windows, origins[n] - kContext, origins[n], kAhead);
        ASSERT_EQ(trace.trace.steps, kContext + kAhead - 1);
        for (Index h = 0; h < kAhead; ++h)
          for (Index v = 0; v < windows.outputs(); ++v) {
            // z-scores need no value before.
            const double told = windows.scale(windows.told(v))
                                    .value(static_cast<double>(trace.trace.outputs(v, kContext - 1 + h)), 0);
            EXPECT_EQ(together.at(v, h, static_cast<Index>(n)), told) << cell->key << " " << key << " " << h;
          }
      }
    }
  }
}

TEST(Forecasts, OfManyOriginsAreThoseOfEachAlone) {
  const series::Windows windows = windows_of("lorenz");
  for (const char* cell : {"lstm", "mlstm"}) {
    nn::ModelSpec spec;
    spec.cell = cell, spec.hidden = 8, spec.layers = 2, spec.conv = 3;
    nn::Network<float> network(
        spec, {nn::InputKind::values, windows.inputs(), nn::Readout::linear, windows.outputs()});
    network.initialise(Rng{3});
    network.prepare_all();
    const std::vector<Index> origins = windows.origins(100);
    const Forecasts together = free_run(network, windows, origins, kContext, kAhead);
    ASSERT_EQ(std::ssize(origins), 100);
    for (Index n = 0; n < 100; ++n) {
      const Index origin[] = {origins[static_cast<std::size_t>(n)]};
      const Forecasts alone = free_run(network, windows, origin, kContext, kAhead);
      for (Index h = 0; h < kAhead; ++h)
        for (Index v = 0; v < windows.outputs(); ++v)
          EXPECT_EQ(together.at(v, h, n), alone.at(v, h, 0)) << cell << " " << n << " " << h;
    }
  }
}

TEST(Forecasts, WithTheTruthFedTheyAreTheTrainingsForward) {
  const series::Windows windows = windows_of("sunspots");
  const nn::Network<float> network = network_of("lstm", windows);
  const Index first = windows.split(), last = first + 20;
  const std::vector<double> told = told_rows(network, windows, first, last, kContext);
  task::Sequence<float> sequence;
  for (Index row = first - kContext; row < last; ++row) sequence.values.push_back(windows.read(row)[0]);
  const auto trace = trace::trace_sequence<float>(network, sequence);
  ASSERT_EQ(std::ssize(told), last - first + 1);
  for (Index row = first; row <= last; ++row)
    EXPECT_EQ(
        told[static_cast<std::size_t>(row - first)],
        windows.scale(0).value(static_cast<double>(trace.trace.outputs(0, row - 1 - first + kContext)), 0));
  // The first of them is the first of a run that feeds itself.
  const Index origins[] = {first};
  EXPECT_EQ(told[0], free_run(network, windows, origins, kContext, 1).at(0, 0, 0));
}

TEST(Forecasts, ChangesAreSummedUpFromTheLastValue) {
  for (const auto scaling : {series::Scaling::difference, series::Scaling::log_difference}) {
    const series::Windows windows = windows_of("airline", scaling);
    const nn::Network<float> network = network_of("gru", windows);
    const Index origin = windows.split(), origins[] = {origin};
    const Forecasts forecasts = free_run(network, windows, origins, kContext, kAhead);
    const auto trace = trace_of_free_run(network, windows, origin - kContext, origin, kAhead);
    double value = windows.filled(origin - 1, 0);
    for (Index h = 0; h < kAhead; ++h) {
      const double change =
          windows.scale(0).mean +
          windows.scale(0).deviation * static_cast<double>(trace.trace.outputs(0, kContext - 1 + h));
      value = scaling == series::Scaling::difference ? value + change : value * std::exp(change);
      EXPECT_NEAR(forecasts.at(0, h, 0), value, 1e-9 * std::abs(value));
    }
  }
}

TEST(Forecasts, RulesActAtTheStepsOfTheWholeRun) {
  const series::Windows windows = windows_of("sunspots");
  nn::Network<float> network = network_of("lstm", windows);
  const Index origins[] = {windows.split()};
  const Forecasts natural = free_run(network, windows, origins, kContext, kAhead);
  const auto at = static_cast<int>(kContext) + 2;  // the third row that it feeds itself
  network.force(rules({fmt::format("f@{}=0", at)}));
  const Forecasts forced = free_run(network, windows, origins, kContext, kAhead);
  for (Index h = 0; h < kAhead; ++h) {
    if (h <= 2)
      EXPECT_EQ(forced.at(0, h, 0), natural.at(0, h, 0)) << h;
    else
      EXPECT_NE(forced.at(0, h, 0), natural.at(0, h, 0)) << h;
  }
}

TEST(Forecasts, GoOnBehindTheLastRow) {
  const series::Windows windows = windows_of("narma10");
  const nn::Network<float> network = network_of("gru", windows);
  const Index origins[] = {windows.series().rows()};
  const Forecasts forecasts = free_run(network, windows, origins, kContext, kAhead);
  for (Index h = 0; h < kAhead; ++h) EXPECT_TRUE(std::isfinite(forecasts.at(0, h, 0)));
}

TEST(ForecastQuality, ANetworkThatTellsZeroChangesIsTheNaiveForecast) {
  // All weights 0 and the bias such that the change is none.
  const series::Windows windows = windows_of("airline", series::Scaling::difference);
  nn::Network<float> network = network_of("rnn", windows);
  std::ranges::fill(network.parameters(), 0.0F);
  network.parameters().back() = static_cast<float>(-windows.scale(0).mean / windows.scale(0).deviation);
  network.prepare_all();
  const ForecastQuality quality = forecast_quality(network, windows);
  const ColumnQuality& column = quality.columns.front();
  ASSERT_EQ(column.methods.size(), 4u);
  EXPECT_EQ(column.methods[1].name, "naive");
  EXPECT_NEAR(column.methods[0].all.mean_absolute, column.methods[1].all.mean_absolute, 1e-3);
  EXPECT_NEAR(column.skill, 0, 1e-4);
  EXPECT_EQ(column.best_lag, 1) << "a copy of the last value";
  EXPECT_LT(column.methods[2].all.mean_absolute, column.methods[1].all.mean_absolute)
      << "passengers come again with the season";
  // What the errors are, worked out here once more.
  double sum = 0, count = 0;
  for (const Index origin : quality.origins)
    for (Index h = 0; h < kAhead; ++h) {
      sum += std::abs(windows.filled(origin + h, 0) - windows.filled(origin - 1, 0));
      count += 1;
    }
  EXPECT_NEAR(column.methods[1].all.mean_absolute, sum / count, 1e-9);
  EXPECT_EQ(column.methods[1].all.count, static_cast<Index>(count));
  EXPECT_NEAR(column.methods[1].all.mean_scaled, sum / count / series::naive_error(windows, 0), 1e-9);
}

TEST(ForecastQuality, BandsAreMeasuredBehindWhatTheyWereFittedTo) {
  const series::Windows windows = windows_of("sine_mix");
  const nn::Network<float> network = network_of("lstm", windows);
  const ForecastQuality quality = forecast_quality(network, windows, 100);
  ASSERT_EQ(quality.origins.size(), 100u);
  EXPECT_GT(quality.measured_with, 40);
  EXPECT_LE(quality.origins[static_cast<std::size_t>(quality.measured_with - 1)] + kAhead,
            quality.origins[50]);
  const ColumnQuality& column = quality.columns.front();
  EXPECT_EQ(column.counted, 50 * kAhead);
  // Errors of a wave that comes again are nearly exchangeable.
  const double share = static_cast<double>(column.inside) / static_cast<double>(column.counted);
  EXPECT_GT(share, kCoverage - 0.12);
  EXPECT_LT(share, kCoverage + 0.12);
}

}  // namespace
}  // namespace gatescope::analysis
