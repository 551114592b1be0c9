#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "observations.h"

namespace gatescope::views {
namespace {

class NextView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, NextView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(NextView, ShowsTheLikeliestCharactersOfTheTracesLogits) {
  const Example example(GetParam());
  const Figure figure = example.draw("next", {.step = 6, .top = 3});
  const Heatmap strip = marks_of<Heatmap>(figure.panels[0])[0];
  ASSERT_EQ(strip.values.rows, 4);
  ASSERT_EQ(strip.values.columns, 12);
  for (int t = 0; t < 12; ++t) {
    const Vector<double> y = example.text.trace.outputs.col(t).cast<double>();
    const Vector<double> p = (y.array() - y.maxCoeff()).exp() / (y.array() - y.maxCoeff()).exp().sum();
    const int came = example.text.targets[t];
    EXPECT_EQ(strip.values.at(0, t), static_cast<float>(p[came]));
    EXPECT_NEAR(-std::log(strip.values.at(0, t)), example.text.trace.loss[t], 1e-5) << "the trace's own loss";
    EXPECT_EQ(strip.values.at(1, t), static_cast<float>(p.maxCoeff()));
    for (int row = 2; row < 4; ++row) EXPECT_GE(strip.values.at(row - 1, t), strip.values.at(row, t));
  }
  const Bars bars = marks_of<Bars>(figure.panels[1])[0];
  ASSERT_EQ(bars.values.size(), 3U);
  EXPECT_EQ(static_cast<float>(bars.values[0]), strip.values.at(1, 6));
  EXPECT_EQ(bars.categories[0], strip.labels[12 + 6]);
}

TEST(NextUnderARule, PairsNaturalAndForcedProbabilitiesOfTheSameCharacters) {
  const Example example("lstm", {.rules = {"o=0"}});
  const auto bars = marks_of<Bars>(example.draw("next", {.step = 3}).panels[1]);
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].categories, bars[1].categories);
  EXPECT_EQ(bars[1].ink.role, InkRole::forced);
  EXPECT_NE(bars[0].values, bars[1].values);
}

TEST(NextInALongText, ShowsAWindowRoundTheStep) {
  const Example example("gru", {.characters = 200});
  const Figure figure = example.draw("next", {.step = 100});
  const Heatmap strip = marks_of<Heatmap>(figure.panels[0])[0];
  EXPECT_LT(strip.values.columns, 40);
  EXPECT_LT(strip.x0, 100);
  EXPECT_GT(strip.x0 + strip.values.columns, 100);
  EXPECT_EQ(marks_of<Cursor>(figure.panels[0])[0].x, 100);
}

TEST(NextOfMoreThanTheVocabulary, ShowsAllOfIt) {
  const Example example("rnn");
  EXPECT_EQ(marks_of<Bars>(example.draw("next", {.top = 99}).panels[1])[0].values.size(), 5U);
  EXPECT_THROW(example.draw("next", {.top = 0}), Error);
  EXPECT_THROW(example.draw("next", {.step = 12}), Error);
}

}  // namespace
}  // namespace gatescope::views
