#include "core/analysis/subjective_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/keeps.h"
#include "core/analysis/survival.h"
#include "core/error.h"
#include "tests/core/analysis/gated_stack.h"

namespace gatescope::analysis {
namespace {

constexpr auto kAllSteps = static_cast<std::size_t>(GatedStack<double>::kSteps);

bool lets_all_go(const GatedMemory& memory) {
  return std::ranges::any_of(memory.keep, [](double keep) { return std::abs(keep) < kLeastKeep; });
}

TEST(SubjectiveTime, IsMinusTheLogarithmOfWhatSurvivesOfEveryCellAndRule) {
  int compared = 0;
  for (const nn::CellInfo* cell : nn::all_cells()) {
    if (!why_no_gated_memory(*cell).empty() || !cell->channels[cell->keep_gate()].one_a_unit()) continue;
    for (const std::vector<std::string>& rules : rules_of(*cell)) {
      SCOPED_TRACE(std::string(cell->key) + (rules.empty() ? "" : " " + rules[0]));
      const GatedStack<double> stack(cell->key, rules);
      for (const std::size_t tape : {0u, 1u}) {
        const auto memories = stack.memories(tape);
        for (Index unit = 0; unit < 6; ++unit) {
          const GatedMemory memory = memories.row(unit);
          const SubjectiveTime time = subjective_time(memories, unit);
          ASSERT_EQ(time.elapsed.size(), kAllSteps);
          EXPECT_EQ(time.elapsed[0], 0);
          if (lets_all_go(memory)) continue;
          const std::vector<double> left = survival(memory, 0);
          for (std::size_t t = 0; t < kAllSteps; ++t)
            EXPECT_NEAR(time.elapsed[t], -std::log(std::abs(left[t])), 1e-12) << t;
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 500);
}

TEST(SubjectiveTime, OfAClosedGateIsLongAndBounded) {
  const GatedStack<double> stack("lstm", {"f@11=0", "c@20=0.5"});
  const SubjectiveTime time = subjective_time(stack.memories(0), 2);
  EXPECT_EQ(time.passed[11], -std::log(kLeastKeep));
  EXPECT_EQ(time.passed[20], -std::log(kLeastKeep)) << "a memory that is set keeps nothing";
  EXPECT_LT(time.passed[12], 5);
}

TEST(SubjectiveTime, StandsStillWhereEverythingIsKept) {
  const SubjectiveTime time = subjective_time(GatedStack<double>("lstm", {"f=1"}).memories(0), {});
  for (const double passed : time.passed) EXPECT_EQ(passed, 0);
  EXPECT_EQ(steps_of_half(time), std::nullopt);
}

TEST(SubjectiveTime, OfSeveralMemoriesOfUnlikeSpeedIsTheStepThatTheyShare) {
  for (const nn::CellInfo* cell : nn::all_cells())
    EXPECT_EQ(step_channel(*cell) != nn::kNone, cell->key == "s6" || cell->key == "mamba");
  const GatedStack<double> stack("s6", {"dt@9=2.5"});
  const auto memories = stack.memories(1);
  const auto& tape = memories.tape();
  const int step = step_channel(tape.info());
  const SubjectiveTime time = subjective_time(memories, 4), mean = subjective_time(memories, {});
  EXPECT_EQ(time.passed[9], 2.5);
  for (std::size_t t = 1; t < kAllSteps; ++t) {
    EXPECT_EQ(time.passed[t], tape.values(step)(4, static_cast<Index>(t)));
    EXPECT_NEAR(mean.passed[t], tape.values(step).col(static_cast<Index>(t)).mean(), 1e-14);
  }
  // A memory n of the unit keeps exp(-A_n Δ): the quotient of the two times is the same at every step.
  const GatedMemory memory = memories.row(3 * 6 + 4);
  const double speed = -std::log(memory.keep[5]) / time.passed[5];
  for (std::size_t t = 1; t < kAllSteps; ++t)
    EXPECT_NEAR(-std::log(memory.keep[t]), speed * time.passed[t], 1e-12);
}

TEST(SubjectiveTime, OfAUnitWhoseMemoriesFadeApartIsTheirMean) {
  for (const std::string_view cell : {"gla", "rwkv6"}) {
    const GatedStack<double> stack(cell);
    const auto memories = stack.memories(0);
    const SubjectiveTime time = subjective_time(memories, 5), mean = subjective_time(memories, {});
    ASSERT_GT(memories.numbers(), 1);
    for (const std::size_t t : {1u, 7u, 29u}) {
      double unit = 0, all = 0;
      for (Index row = 0; row < memories.rows(); ++row) {
        const double passed = -std::log(memories.row(row).keep[t]);
        all += passed / static_cast<double>(memories.rows());
        if (row % 6 == 5) unit += passed / static_cast<double>(memories.numbers());
      }
      EXPECT_NEAR(time.passed[t], unit, 1e-12) << cell;
      EXPECT_NEAR(mean.passed[t], all, 1e-12) << cell;
    }
  }
}

TEST(SubjectiveTime, RunsInTheLayersOwnDirection) {
  const GatedStack<double> both("gru", {}, true);
  const auto memories = both.memories(1);
  ASSERT_TRUE(memories.row(0).reverse);
  const SubjectiveTime time = subjective_time(memories, 3);
  const std::vector<double> left = survival(memories.row(3), static_cast<Index>(kAllSteps) - 1);
  EXPECT_EQ(time.elapsed.back(), 0);
  for (std::size_t t = 0; t < kAllSteps; ++t) EXPECT_NEAR(time.elapsed[t], -std::log(left[t]), 1e-12);
}

TEST(SubjectiveTime, HasHalfInTheFewestStepsThatAddUpToIt) {
  EXPECT_EQ(steps_of_half({{0, 1, 1, 1, 1}, {}}), 2);
  EXPECT_EQ(steps_of_half({{0, 5, 1, 1, 1}, {}}), 1);
  EXPECT_EQ(steps_of_half({{0, -9, 2, 1}, {}}), 1) << "time that runs back is not counted";
  EXPECT_EQ(steps_of_half({{0}, {}}), std::nullopt);
}

}  // namespace
}  // namespace gatescope::analysis
