#include "core/train/overfitting.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/math/rng.h"

namespace gatescope::train {
namespace {

MetricsRow row(std::uint64_t update, double loss) {
  MetricsRow row;
  row.model = "LSTM";
  row.update = update;
  row.loss = loss;
  return row;
}

/// One measurement every hundred updates, of a training loss and a held-out one.
template <class Training, class HeldOut>
std::vector<MetricsRow> run_of(int measurements, Training training, HeldOut held_out) {
  std::vector<MetricsRow> rows;
  for (int k = 1; k <= measurements; ++k) {
    rows.push_back(row(static_cast<std::uint64_t>(100 * k - 50), training(k)));
    rows.push_back(row(static_cast<std::uint64_t>(100 * k), training(k)));
    rows.back().held_out = held_out(k);
  }
  return rows;
}

HeldOutStanding standing(const std::vector<MetricsRow>& rows) {
  return held_out_standing(rows, kLeastRiseInNats).value();
}

TEST(Overfitting, WhatIsNoNumberIsNoMeasurement) {
  std::vector<MetricsRow> rows = run_of(
      12, [](int k) { return 3.0 / k; }, [](int k) { return 2 + 0.1 * std::abs(k - 4); });
  const HeldOutStanding before = standing(rows);
  MetricsRow none = row(1, 3);
  none.held_out = std::nan("");
  rows.insert(rows.begin(), none);
  EXPECT_EQ(standing(rows).best_update, before.best_update);
  EXPECT_EQ(standing(rows).best, before.best);
  EXPECT_EQ(standing(rows).overfitting, before.overfitting);
}

TEST(Overfitting, NothingMeasuredSaysNothing) {
  EXPECT_FALSE(held_out_standing({}, 0));
  EXPECT_FALSE(held_out_standing(std::vector{row(1, 3)}, 0));
}

TEST(Overfitting, IsSaidOfALossThatRisesWhileTrainingFalls) {
  const auto falls = [](int k) { return 3 * std::exp(-0.1 * k); };
  const auto turns = [](int k) { return 1.6 + 0.001 * (k - 15) * (k - 15); };
  EXPECT_FALSE(standing(run_of(17, falls, turns)).overfitting) << "it has just begun";
  const HeldOutStanding late = standing(run_of(25, falls, turns));
  EXPECT_TRUE(late.overfitting);
  EXPECT_EQ(late.best_update, 1500u);
  EXPECT_EQ(late.last_update, 2500u);
  EXPECT_DOUBLE_EQ(late.best, 1.6);
  EXPECT_DOUBLE_EQ(late.last, 1.7);
}

TEST(Overfitting, ARisingLossInTrainingIsSomethingElse) {
  const auto rises = [](int k) { return 1 + 0.02 * k; };
  EXPECT_FALSE(standing(run_of(40, rises, rises)).overfitting);
}

TEST(Overfitting, ASingleSpikeOrARiseOfAThousandthIsNotEnough) {
  const auto falls = [](int k) { return 1.0 / k; };
  EXPECT_FALSE(standing(run_of(30, falls, [](int k) { return k == 30 ? 9.0 : 2 - 0.01 * k; })).overfitting);
  EXPECT_FALSE(standing(run_of(60, falls, [](int k) { return k < 20 ? 2 : 2.001; })).overfitting);
  EXPECT_FALSE(standing(run_of(60, falls, [](int k) { return k < 20 ? 0.001 : 0.003; })).overfitting)
      << "solved is solved";
}

TEST(Overfitting, NoiseAloneDoesNotRaiseIt) {
  int raised = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng{seed, 7};
    const auto noise = [&](int) { return 1.4 + 0.1 * (rng.uniform() + rng.uniform() - 1); };
    const auto slowly = [&](int k) { return 1.4 - 1e-4 * k + 0.05 * (rng.uniform() - 0.5); };
    std::vector<MetricsRow> rows = run_of(60, slowly, noise);
    bool any = false;
    for (std::size_t n = 2; n <= rows.size(); n += 2)
      any = any || standing({rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(n)}).overfitting;
    raised += any;
  }
  EXPECT_LE(raised, 10) << "of 200 trainings of 60 measurements";
}

}  // namespace
}  // namespace gatescope::train
