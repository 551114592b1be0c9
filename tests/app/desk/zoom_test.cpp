#include "app/desk/zoom.h"

#include <gtest/gtest.h>

namespace gatescope::ui {
namespace {

using plot::Steps;

TEST(ZoomedSteps, KeepTheStepUnderThePointerWhereItIs) {
  std::optional<Steps> steps;
  for (int k = 0; k < 30; ++k) {
    const auto before = steps.value_or(Steps{0, 19'999});
    steps = zoomed(steps, 20'000, 12'000, 1.25);
    ASSERT_TRUE(steps);
    const auto share = [](const Steps& s) { return (12'000.5 - s.first) / (s.last - s.first + 1); };
    const double few = 1.0 / (steps->last - steps->first + 1);
    EXPECT_NEAR(share(*steps), share(before), 1.5 * few);
  }
  EXPECT_LE(steps->last - steps->first + 1, 100);
  for (int k = 0; k < 60; ++k) steps = zoomed(steps, 20'000, 12'000, 1 / 1.25);
  EXPECT_FALSE(steps) << "all of them again";
}

TEST(ZoomedSteps, AreNeverFewerThanCanBeSeenNorBeyondTheEnds) {
  std::optional<Steps> steps;
  for (int k = 0; k < 100; ++k) steps = zoomed(steps, 500, 0, 1.25);
  EXPECT_EQ(steps, (Steps{0, kFewestSteps - 1}));
  for (int k = 0; k < 100; ++k) steps = zoomed(steps, 500, 499, 1.25);
  EXPECT_EQ(steps, (Steps{500 - kFewestSteps, 499})) << "about a step that is beyond them they move to it";
  EXPECT_FALSE(zoomed({}, 5, 2, 1.25)) << "a text that short is all there is";
  const Steps wider = zoomed(Steps{10, 19}, 500, 14, 1 / 1.01).value();
  EXPECT_EQ(wider.last - wider.first, 10) << "one more at least";
}

TEST(PannedSteps, StopAtTheEnds) {
  EXPECT_EQ(panned({10, 19}, -30, 100), (Steps{0, 9}));
  EXPECT_EQ(panned({10, 19}, 300, 100), (Steps{90, 99}));
  EXPECT_EQ(panned({10, 19}, 5, 100), (Steps{15, 24}));
}

TEST(FollowedSteps, TurnLikeAPageWhereTheHeadLeavesThem) {
  EXPECT_EQ(following({100, 179}, 130), (Steps{100, 179}));
  EXPECT_EQ(following({100, 179}, 180), (Steps{172, 251}));
  EXPECT_EQ(following({100, 179}, 99), (Steps{28, 107}));
  EXPECT_EQ(following({100, 179}, 0), (Steps{0, 79}));
}

TEST(FittedSteps, AreOfThoseThatThereAre) {
  EXPECT_EQ(fitted_steps(Steps{90, 130}, 100), (Steps{59, 99}));
  EXPECT_FALSE(fitted_steps(Steps{0, 130}, 100));
  EXPECT_FALSE(fitted_steps({}, 100));
  EXPECT_EQ(steps_around(3, 20, 100), (Steps{0, 19}));
  EXPECT_EQ(steps_around(50, 20, 100), (Steps{40, 59}));
}

}  // namespace
}  // namespace gatescope::ui
