// The task of a series: what its batches hold, which rows are scored, and that no held-out row is ever
// learnt.

#include "core/task/forecasting.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/series/known.h"

namespace gatescope::task {
namespace {

constexpr Index kWindow = 20, kHorizon = 6;

std::shared_ptr<const series::Windows> windows_of(std::string_view key,
                                                  series::Scaling scaling = series::Scaling::z_score) {
  return std::make_shared<const series::Windows>(
      series::find_known_series(key)->make(1),
      series::Cut{.window = kWindow, .horizon = kHorizon, .held_out = 0.25, .scaling = scaling});
}

TEST(Forecasting, EveryStepTellsTheNextRow) {
  for (const char* key : {"sunspots", "lorenz", "narma10"}) {
    const auto windows = windows_of(key);
    const Forecasting task({.batch = 4, .seed = 2}, key, windows);
    const nn::Interface interface = task.interface();
    EXPECT_EQ(interface.inputs, windows->inputs());
    EXPECT_EQ(interface.outputs, windows->outputs());
    Batch batch;
    std::set<Index> places;
    for (std::uint64_t update = 0; update < 50; ++update) {
      task.training_batch(update, batch);
      ASSERT_EQ(batch.steps, kWindow + kHorizon - 1);
      for (Index b = 0; b < batch.size; ++b) {
        std::vector<float> read;
        for (Index t = 0; t < batch.steps; ++t)
          for (Index c = 0; c < interface.inputs; ++c)
            read.push_back(
                batch.values[static_cast<std::size_t>((t * batch.size + b) * interface.inputs + c)]);
        const auto first = windows->find(read);
        ASSERT_TRUE(first);
        places.insert(*first);
        ASSERT_LT(*first + batch.steps, windows->split()) << "a row that is held out would be told";
        for (Index t = 0; t < batch.steps; ++t) {
          EXPECT_TRUE(batch.scored[static_cast<std::size_t>(t * batch.size + b)]);
          for (Index v = 0; v < interface.outputs; ++v)
            EXPECT_EQ(
                batch.target_values[static_cast<std::size_t>((t * batch.size + b) * interface.outputs + v)],
                windows->read(*first + t + 1)[static_cast<std::size_t>(windows->told(v))]);
        }
      }
    }
    EXPECT_GT(places.size(), 100u);
  }
}

TEST(Forecasting, HeldOutSequencesGoOnInTimeAndScoreTheirHorizon) {
  const auto windows = windows_of("airline");
  const Forecasting task({.batch = 8}, "airline", windows);
  const auto origins = windows->origins(Forecasting::kMostOrigins);
  std::uint64_t scored_sequences = 0;
  for (std::uint64_t number = 0; number < held_out_sequences(task); ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    Index scored = 0;
    for (Index t = 0; t < task.series()->steps(); ++t) {
      scored += sequence.expects(t);
      EXPECT_TRUE(!sequence.expects(t) || t >= kWindow - 1);
    }
    ++scored_sequences;
    EXPECT_EQ(scored, kHorizon);
    EXPECT_EQ(windows->find(sequence.values), origins[number] - kWindow);
  }
  EXPECT_EQ(scored_sequences, origins.size());
  Index scored = 0;
  Batch batch;
  for (Index number = 0; number < task.held_out_batches(); ++number) {
    task.held_out_batch(number, batch);
    scored += batch.scored_steps();
  }
  EXPECT_EQ(scored, kHorizon * std::ssize(origins)) << "what fills the last batches is scored nowhere";
}

TEST(Forecasting, ItsReferenceIsTheNaiveForecast) {
  const auto windows = windows_of("sunspots");
  const Forecasting task({}, "sunspots", windows);
  double sum = 0, count = 0;
  // Of every held-out sequence the rows that are scored.
  Batch batch;
  for (Index number = 0; number < task.held_out_batches(); ++number) {
    task.held_out_batch(number, batch);
    for (std::size_t column = 0; column < batch.scored.size(); ++column) {
      if (batch.scored[column] == 0) continue;
      const double off = static_cast<double>(batch.target_values[column] - batch.values[column]);
      sum += off * off, count += 1;
    }
  }
  EXPECT_NEAR(*task.chance(), sum / count, 1e-5);
  EXPECT_EQ(task.chance_name(), "naive");
  // Of changes the naive one is none.
  const Forecasting changes({}, "sunspots", windows_of("sunspots", series::Scaling::difference));
  EXPECT_GT(*changes.chance(), 0.5);
}

TEST(Forecasting, AGapIsNotLearnt) {
  series::Series series = series::find_known_series("sunspots")->make(1);
  series.values[50] = std::nan("");
  const auto windows =
      std::make_shared<const series::Windows>(series, series::Cut{.window = kWindow, .horizon = kHorizon});
  const Forecasting task({.batch = 16}, "gap", windows);
  Batch batch;
  Index left_out = 0;
  for (std::uint64_t update = 0; update < 40; ++update) {
    task.training_batch(update, batch);
    left_out += std::ssize(batch.scored) - batch.scored_steps();
  }
  EXPECT_GT(left_out, 0);
}

}  // namespace
}  // namespace gatescope::task
