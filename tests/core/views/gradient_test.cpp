#include <gtest/gtest.h>

#include <algorithm>

#include "core/analysis/gradient_lag.h"
#include "core/error.h"
#include "observations.h"

namespace gatescope::views {
namespace {

constexpr trace::LossAt kAtNine{trace::LossAt::Kind::step, 9};

class GradientView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, GradientView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(GradientView, CurvesAreTheNormsOfTheTapesGradientsOverLag) {
  for (const bool backward : {false, true}) {
    const Example example(GetParam(), {.layers = 2, .bidirectional = true, .loss = kAtNine});
    for (int layer = 0; layer < 2; ++layer) {
      const auto& tape = example.text.trace.tapes[2 * layer + backward];
      const nn::CellInfo& cell = tape.info();
      const Figure figure = example.draw("gradient", {.layer = layer, .backward_direction = backward});
      const auto lines = marks_of<Line>(figure.panels[1]);
      const Heatmap strip = marks_of<Heatmap>(figure.panels[0])[0];
      std::size_t n = 0;
      for (const int state : cell.paths()) {
        const Index lags = backward ? 3 : 10;
        ASSERT_EQ(lines[n].y.size(), static_cast<std::size_t>(lags));
        const auto gradients = tape.gradients(state);
        double at_zero = gradients.col(9).cast<double>().norm();
        if (at_zero == 0)
          at_zero = gradients.col(backward ? 10 : 8).cast<double>().norm();  // read a step later
        for (Index lag = 0; lag < lags; ++lag) {
          const double norm = gradients.col(backward ? 9 + lag : 9 - lag).cast<double>().norm();
          EXPECT_EQ(lines[n].y[lag], at_zero == 0 ? 0 : norm / at_zero);
          EXPECT_EQ(lines[n].x[lag], static_cast<double>(lag));
          if (lag < strip.values.columns) {
            EXPECT_EQ(strip.values.at(static_cast<int>(n), static_cast<int>(lag)),
                      static_cast<float>(lines[n].y[lag]));
          }
        }
        ++n;
      }
      EXPECT_EQ(lines.size(), n);
    }
  }
}

TEST_P(GradientView, OfASumOfLossesIsTakenAtOneStepInstead) {
  const Example sum(GetParam()), one(GetParam(), {.loss = kAtNine});
  const auto taken = marks_of<Line>(sum.draw("gradient", {.loss_step = 9}).panels[1]);
  const auto given = marks_of<Line>(one.draw("gradient").panels[1]);
  ASSERT_EQ(taken.size(), given.size());
  for (std::size_t k = 0; k < taken.size(); ++k) EXPECT_EQ(taken[k].y, given[k].y);
}

TEST(GradientOfSeveralModels, StandsOnOneScaleEachWithItsReach) {
  const Example lstm("lstm", {.loss = kAtNine}), gru("gru", {.loss = kAtNine}), rnn("rnn", {.loss = kAtNine});
  const std::vector<Observation> observations{lstm.observation, gru.observation, rnn.observation};
  const Figure figure = find_view("gradient").make(observations, {});
  EXPECT_EQ(figure.headlines.size(), 3U);
  const auto lines = marks_of<Line>(figure.panels[1]);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].ink.role, InkRole::lstm);
  EXPECT_EQ(lines[2].ink.role, InkRole::gru);
  EXPECT_EQ(lines[3].ink.role, InkRole::rnn);
  EXPECT_NE(lines[2].dash, lines[3].dash);
  const auto norms = analysis::gradient_over_lag(gru.text.trace.tapes[0], gru.network.cell().output, 9);
  const auto reach = analysis::gradient_reach(norms);
  EXPECT_NE(figure.headlines[1].value.find(reach ? std::to_string(*reach) : "over 9"), std::string::npos);
}

TEST(GradientUnderARule, KeepsTheNaturalCurveAndMarksTheForcedLags) {
  const Example example("lstm", {.rules = {"f@4-6=0"}, .loss = kAtNine});
  const Figure figure = example.draw("gradient");
  const auto lines = marks_of<Line>(figure.panels[1]);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[2].dash, Dash::dotted);
  const auto natural = analysis::gradient_over_lag(example.natural.trace.tapes[0], 4, 9);
  for (std::size_t lag = 0; lag < natural.size(); ++lag)
    EXPECT_EQ(lines[2].y[lag], natural[lag] / natural[0]);
  EXPECT_EQ(marks_of<Spans>(figure.panels[0])[0].intervals, (std::vector{std::pair{2.5, 5.5}}));
}

TEST(GradientOfAFrame, HasTravelledBackToIt) {
  const Example example("lstm", {.loss = kAtNine});
  const Figure figure = example.draw("gradient", {.frame = 6});
  EXPECT_EQ(marks_of<Line>(figure.panels[1])[0].y.size(), 4U);
  EXPECT_EQ(marks_of<Heatmap>(figure.panels[0])[0].values.columns, 4);
  EXPECT_EQ(figure.panels[1].x.high, example.draw("gradient").panels[1].x.high);
}

}  // namespace
}  // namespace gatescope::views
