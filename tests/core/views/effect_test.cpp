#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/surprisal.h"
#include "core/error.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

/// A rule that fits the cell: on its first gate, or its hidden state where it has none.
std::string rule_for(const std::string& cell) {
  const nn::CellInfo& info = nn::find_cell(cell);
  for (const nn::Channel& channel : info.channels)
    if (channel.role == nn::Role::gate) return std::string(channel.symbol) + "@4-6=0";
  return "h@4-6=0";
}

double mean(const std::vector<double>& values, std::size_t first = 0) {
  double sum = 0;
  for (std::size_t t = first; t < values.size(); ++t) sum += values[t];
  return sum / static_cast<double>(values.size() - first);
}

class EffectView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, EffectView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(EffectView, ShowsBothLossesTheDifferenceAndWhatIsLeft) {
  const Example example(GetParam(), {.rules = {rule_for(GetParam())}});
  const auto &forced = example.text.trace.tapes[0], &natural = example.natural.trace.tapes[0];
  const nn::CellInfo& cell = forced.info();
  const int state = cell.memory();
  const Figure figure = example.draw("effect");
  ASSERT_EQ(figure.panels.size(), 3U);

  const auto losses = marks_of<Line>(figure.panels[0]);
  const auto bits = analysis::surprisal(example.text), free_bits = analysis::surprisal(example.natural);
  EXPECT_EQ(losses.at(0).y, free_bits);
  EXPECT_EQ(losses.at(1).y, bits);
  EXPECT_EQ(losses[1].ink.role, InkRole::forced);
  EXPECT_EQ(figure.headlines[0].value, quoted(mean(free_bits)) + " → " + quoted(mean(bits)));

  const Heatmap difference = marks_of<Heatmap>(figure.panels[1]).at(0);
  EXPECT_EQ(difference.colors.map, Colormap::diverging);
  EXPECT_EQ(difference.colors.quantity, role_of(cell, state));
  for (int t = 0; t < difference.values.columns; ++t)
    for (int u = 0; u < difference.values.rows; ++u)
      EXPECT_EQ(difference.values.at(u, t), forced.values(state)(u, t) - natural.values(state)(u, t));

  const auto sizes = marks_of<Line>(figure.panels[2]);
  for (Index t = 0; t < forced.steps(); ++t) {
    EXPECT_EQ(sizes.at(0).y[t], natural.values(state).col(t).cast<double>().cwiseAbs().mean());
    EXPECT_EQ(sizes.at(1).y[t], forced.values(state).col(t).cast<double>().cwiseAbs().mean());
  }
  if (cell.keep_gate() == nn::kNone) {
    ASSERT_EQ(sizes.size(), 2U);
    EXPECT_EQ(figure.headlines[1].value, quoted(mean(sizes[1].y, 4) / mean(sizes[0].y, 4)));
    EXPECT_NE(figure.headlines[1].label.find("from step 4 on"), std::string::npos);
  } else {  // of the memory before the first forced step, until the last one
    ASSERT_EQ(sizes.size(), 4U);
    EXPECT_EQ(sizes[2].x.front(), 3);
    EXPECT_NEAR(sizes[2].y[0], sizes[0].y[3], 1e-6);
    EXPECT_NEAR(sizes[3].y[0], sizes[1].y[3], 1e-6);
    EXPECT_EQ(figure.headlines[1].value,
              quoted(sizes[2].y[3] / sizes[2].y[0]) + " → " + quoted(sizes[3].y[3] / sizes[3].y[0]));
    EXPECT_EQ(figure.headlines[1].label, "of step 3’s memory left at step 6");
  }

  for (const Panel& panel : figure.panels) {
    EXPECT_EQ(panel.x.counts, Counts::steps);
    EXPECT_EQ(marks_of<Spans>(panel).at(0).intervals, (std::vector{std::pair{3.5, 6.5}}));
  }
  EXPECT_EQ(figure.panels[1].y.counts, Counts::units);
}

TEST(EffectOfNothing, SaysWhatToDo) {
  const Figure figure = Example("lstm").draw("effect");
  ASSERT_EQ(figure.panels.size(), 1U);
  EXPECT_TRUE(figure.panels[0].marks.empty());
  EXPECT_EQ(figure.panels[0].empty_text, "Nothing is forced. Force a gate to compare.");
}

TEST(EffectOfAChannel, IsThatChannelsAndAWrongOneIsNamed) {
  const Example example("lstm", {.rules = {"f=0"}});
  const Figure figure = example.draw("effect", {.channel = "h"});
  const Heatmap difference = marks_of<Heatmap>(figure.panels[1]).at(0);
  const int h = example.network.cell().output;
  EXPECT_EQ(difference.values.at(2, 3),
            example.text.trace.tapes[0].values(h)(2, 3) - example.natural.trace.tapes[0].values(h)(2, 3));
  EXPECT_THROW(example.draw("effect", {.channel = "q"}), Error);
}

TEST(EffectOfAFrame, ShowsTheStepsSoFarOnAxesThatStay) {
  const Example example("lstm", {.rules = {"f@4-6=0"}});
  const Figure all = example.draw("effect"), some = example.draw("effect", {.frame = 5});
  EXPECT_EQ(marks_of<Line>(some.panels[0])[1].y.size(), 6U);
  EXPECT_EQ(marks_of<Heatmap>(some.panels[1])[0].values.columns, 6);
  EXPECT_EQ(some.panels[0].y.high, all.panels[0].y.high);
  EXPECT_EQ(marks_of<Heatmap>(some.panels[1])[0].colors.high,
            marks_of<Heatmap>(all.panels[1])[0].colors.high);
  EXPECT_TRUE(marks_of<Heatmap>(example.draw("effect", {.frame = -1}).panels[1]).empty());
}

}  // namespace
}  // namespace gatescope::views
