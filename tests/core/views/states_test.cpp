#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/drift.h"
#include "core/error.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

class StatesView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, StatesView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(StatesView, LinesAreTheTapesAndTheBandIsMeanAndDeviationOverUnits) {
  const Example example(GetParam());
  const auto& tape = example.text.trace.tapes[0];
  const nn::CellInfo& cell = tape.info();
  const int state = cell.memory();
  const Figure figure = example.draw("states", {.units = {5, 2}});
  const auto lines = marks_of<Line>(figure.panels[0]);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].name, "unit 5");
  for (Index t = 0; t < 12; ++t) {
    EXPECT_EQ(lines[0].y[t], tape.values(state)(5, t));
    EXPECT_EQ(lines[1].y[t], tape.values(state)(2, t));
  }
  const Line mean = marks_of<Line>(figure.panels.back())[0];
  const Band band = marks_of<Band>(figure.panels.back())[0];
  const UnitRows units(tape, tape.values(state));
  for (Index t = 0; t < 12; ++t) {
    const auto column = (*units).col(t).cast<double>().array();
    const double deviation = std::sqrt((column - column.mean()).square().mean());
    EXPECT_NEAR(mean.y[t], column.mean(), 1e-12);
    EXPECT_NEAR(band.high[t], column.mean() + deviation, 1e-12);
  }
}

TEST(StatesUnderARule, KeepTheNaturalOnesDashed) {
  const Example example("lstm", {.rules = {"f@3-=0"}});
  const auto lines = marks_of<Line>(example.draw("states", {.units = {1}}).panels[0]);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].dash, Dash::dashed);
  for (Index t = 0; t < 12; ++t) {
    EXPECT_EQ(lines[0].y[t], example.natural.trace.tapes[0].values(4)(1, t));
    EXPECT_EQ(lines[1].y[t], example.text.trace.tapes[0].values(4)(1, t));
  }
}

TEST(StatesUnderARuleOnThem, KeepAGhostOfTheRawValues) {
  const Example example("lstm", {.rules = {"c=0.5"}});
  const auto lines = marks_of<Line>(example.draw("states", {.units = {1}}).panels[0]);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].dash, Dash::dotted);
  EXPECT_EQ(lines[1].y[4], example.text.trace.tapes[0].raw_values(4)(1, 4));
  EXPECT_EQ(lines[2].y[4], 0.5);
}

TEST(StatesHeadlines, AreTheRelativeSteps) {
  const Example example("lstm");
  const Figure figure = example.draw("states");
  ASSERT_EQ(figure.headlines.size(), 2U);
  const auto& tape = example.text.trace.tapes[0];
  EXPECT_NEAR(std::stod(figure.headlines[0].value), analysis::relative_step(tape.values(4)).mean, 0.006);
  EXPECT_NEAR(std::stod(figure.headlines[1].value), analysis::relative_step(tape.values(5)).mean, 0.006);
}

class PortraitView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, PortraitView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(PortraitView, IsTheHiddenStateOverTheCellStateOrOverItselfOneStepEarlier) {
  for (const bool backward : {false, true}) {
    const Example example(GetParam(), {.bidirectional = true});
    const auto& tape = example.text.trace.tapes[backward];
    const nn::CellInfo& cell = tape.info();
    const Figure figure = example.draw("portrait", {.backward_direction = backward, .units = {3}});
    const Line path = marks_of<Line>(figure.panels[0]).back();
    for (Index t = 0; t < 12; ++t) {
      const auto at = static_cast<std::size_t>(t);
      EXPECT_EQ(path.y[at], tape.values(cell.output)(3, t));
      EXPECT_EQ(path.color_by[at], static_cast<double>(t));
      const Index before = backward ? t + 1 : t - 1;
      const double earlier = before < 0 || before > 11 ? 0 : tape.values(cell.output)(3, before);
      EXPECT_EQ(path.x[at], cell.has_cell_state() ? tape.values(cell.memory())(3, t) : earlier);
    }
  }
}

TEST(PortraitUnderARuleOnItsStates, KeepsThePathTheNetworkWanted) {
  const Example example("lstm", {.rules = {"h@4-6=0.5"}});
  const auto& tape = example.text.trace.tapes[0];
  const auto lines = marks_of<Line>(example.draw("portrait", {.units = {3}}).panels[0]);
  const auto wanted =
      std::find_if(lines.begin(), lines.end(), [](const Line& l) { return l.dash == Dash::dotted; });
  ASSERT_NE(wanted, lines.end());
  for (Index t = 0; t < tape.steps(); ++t) EXPECT_EQ(wanted->y[t], tape.raw_values(tape.info().output)(3, t));
  const auto of_a_gate = marks_of<Line>(Example("lstm", {.rules = {"f=0"}}).draw("portrait").panels[0]);
  EXPECT_TRUE(
      std::none_of(of_a_gate.begin(), of_a_gate.end(), [](const Line& l) { return l.dash == Dash::dotted; }));
}

}  // namespace
}  // namespace gatescope::views
