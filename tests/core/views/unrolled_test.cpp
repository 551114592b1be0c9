#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "core/analysis/gradient_lag.h"
#include "core/plot/layout.h"
#include "observations.h"

namespace gatescope::views {
namespace {

constexpr trace::LossAt kAtNine{trace::LossAt::Kind::step, 9};

TextExtent measure(std::string_view text, const TextStyle& style) {
  return {0.6F * style.size * static_cast<float>(text.size()), 0.93F * style.size, 0.24F * style.size};
}

Columns columns_of(const Panel& panel) {
  return marks_of<Columns>(panel).at(0);
}

/// The marker of the reach, where there is one.
std::vector<Rule> reach_markers(const Panel& panel) {
  std::vector<Rule> rules = marks_of<Rule>(panel);
  std::erase_if(rules, [](const Rule& rule) { return !rule.vertical; });
  return rules;
}

class UnrolledView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, UnrolledView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(UnrolledView, HasALaneAStateWhoseColumnsAreTheTapesNormsRelativeToTheLossStep) {
  for (const bool backward : {false, true}) {
    const Example example(GetParam(), {.layers = 2, .bidirectional = true, .loss = kAtNine});
    for (int layer = 0; layer < 2; ++layer) {
      const auto& tape = example.text.trace.tapes[static_cast<std::size_t>(2 * layer + backward)];
      const nn::CellInfo& cell = tape.info();
      const Figure figure = example.draw("unrolled", {.layer = layer, .backward_direction = backward});
      std::size_t n = 0;
      for (const int state : cell.paths()) {
        const Columns columns = columns_of(figure.panels.at(n));
        const auto gradients = tape.gradients(state);
        const double at_loss = gradients.col(9).cast<double>().norm();
        ASSERT_EQ(columns.x.size(), backward ? 3U : 10U);
        for (std::size_t k = 0; k < columns.x.size(); ++k) {
          const double norm = gradients.col(static_cast<Index>(columns.x[k])).cast<double>().norm();
          EXPECT_EQ(columns.values[k], at_loss == 0 ? 0 : norm / at_loss);
        }
        EXPECT_EQ(columns.x.front(), 9);
        EXPECT_EQ(columns.x.back(), backward ? 11 : 0);
        EXPECT_EQ(columns.origin, 9);
        EXPECT_TRUE(columns.waiting.empty());
        EXPECT_FALSE(columns.front);
        ++n;
      }
      EXPECT_EQ(figure.panels.size(), n);
      for (const Panel& panel : figure.panels) EXPECT_EQ(panel.x.counts, Counts::steps);
    }
  }
}

TEST_P(UnrolledView, PrintsTheReachOfTheAnalysis) {
  const Example example(GetParam(), {.loss = {trace::LossAt::Kind::last, 0}, .characters = 120});
  const auto& tape = example.text.trace.tapes[0];
  const nn::CellInfo& cell = tape.info();
  const Figure figure = example.draw("unrolled");
  std::size_t n = 0;
  for (const int state : cell.paths()) {
    const auto reach = analysis::gradient_reach(analysis::gradient_over_lag(tape, state, 118));
    const Panel& panel = figure.panels.at(n++);
    const auto markers = reach_markers(panel);
    if (!reach) {
      EXPECT_EQ(panel.remark, "reach: over 118 steps");
      EXPECT_TRUE(markers.empty());
      continue;
    }
    EXPECT_EQ(panel.remark, "reach: " + std::to_string(*reach) + (*reach == 1 ? " step" : " steps"));
    ASSERT_EQ(markers.size(), 1U);
    EXPECT_EQ(markers[0].label, panel.remark);
    const Columns columns = columns_of(panel);
    for (std::size_t k = 0; k < columns.x.size(); ++k)
      if (columns.x[k] > markers[0].at) {
        EXPECT_GE(columns.values[k], 1e-3);
      }
    const auto first = std::find(columns.x.begin(), columns.x.end(), markers[0].at - 0.5);
    ASSERT_NE(first, columns.x.end());
    EXPECT_LT(columns.values[static_cast<std::size_t>(first - columns.x.begin())], 1e-3);
  }
}

TEST(UnrolledFrame, HasTravelledBackToItAndTheRestWaits) {
  const Example example("lstm", {.loss = kAtNine});
  for (int frame = 9; frame >= 0; --frame) {
    const Figure figure = example.draw("unrolled", {.frame = frame});
    for (const Panel& panel : figure.panels) {
      const Columns columns = columns_of(panel);
      EXPECT_EQ(columns.x.size(), static_cast<std::size_t>(10 - frame));
      EXPECT_EQ(columns.waiting.size(), static_cast<std::size_t>(frame));
      EXPECT_EQ(columns.front, frame);
      EXPECT_EQ(columns.x.back(), frame);
    }
  }
  const Columns before = columns_of(example.draw("unrolled", {.frame = 11}).panels[0]);
  EXPECT_TRUE(before.x.empty()) << "the pass has not begun";
  EXPECT_EQ(before.waiting.size(), 10U);
  EXPECT_FALSE(before.front);
}

TEST(UnrolledFrame, MarksTheReachOnlyWhenThePulseHasBeenThere) {
  const Example example("rnn", {.loss = {trace::LossAt::Kind::last, 0}, .characters = 120});
  const auto reach = analysis::gradient_reach(
      analysis::gradient_over_lag(example.text.trace.tapes[0], example.network.cell().output, 118));
  ASSERT_TRUE(reach && *reach > 0);
  const int there = 118 - static_cast<int>(*reach);
  EXPECT_TRUE(reach_markers(example.draw("unrolled", {.frame = there + 1}).panels[0]).empty());
  EXPECT_EQ(reach_markers(example.draw("unrolled", {.frame = there}).panels[0]).size(), 1U);
}

TEST(UnrolledModels, StandUnderEachOtherOnOneScale) {
  const Example lstm("lstm", {.loss = kAtNine}), gru("gru", {.loss = kAtNine}), rnn("rnn", {.loss = kAtNine});
  const std::vector<Observation> observations{lstm.observation, gru.observation, rnn.observation};
  const Figure figure = find_view("unrolled").make(observations, {});
  ASSERT_EQ(figure.panels.size(), 4U);
  EXPECT_EQ(figure.headlines.size(), 3U);
  EXPECT_TRUE(figure.share_x);
  for (const Panel& panel : figure.panels) {
    EXPECT_EQ(panel.y.low, figure.panels[0].y.low);
    EXPECT_EQ(panel.y.high, figure.panels[0].y.high);
    EXPECT_EQ(columns_of(panel).colors.high, columns_of(figure.panels[0]).colors.high);
    std::vector<std::string> ticks;
    for (const Tick& tick : panel.y.ticks) ticks.push_back(tick.label);
    EXPECT_EQ(ticks, (std::vector<std::string>{"10⁻⁶", "10⁻³", "1"}));
  }
  EXPECT_TRUE(figure.panels[0].title.starts_with("LSTM: highway"));
  EXPECT_TRUE(figure.panels[1].title.starts_with("LSTM: hidden path"));
  EXPECT_TRUE(figure.panels[2].title.starts_with("GRU"));
  EXPECT_TRUE(figure.panels[3].title.starts_with("RNN"));
}

TEST(UnrolledUnderARule, KeepsTheNaturalNormsAsALineAndMarksTheForcedSteps) {
  const Example example("lstm", {.rules = {"f@4-6=0"}, .loss = kAtNine});
  const Figure figure = example.draw("unrolled");
  const auto lines = marks_of<Line>(figure.panels[0]);
  ASSERT_EQ(lines.size(), 1U);
  const auto natural = analysis::gradient_over_lag(example.natural.trace.tapes[0], 4, 9);
  for (std::size_t lag = 0; lag < natural.size(); ++lag)
    EXPECT_EQ(lines[0].y[lag], natural[lag] / natural[0]);
  EXPECT_EQ(marks_of<Spans>(figure.panels[0])[0].intervals, (std::vector{std::pair{3.5, 6.5}}));
}

TEST(UnrolledWithoutAGradient, SaysZeroOrNotFinite) {
  Example none("lstm", {.loss = kAtNine}), broken("lstm", {.loss = kAtNine});
  for (auto& tape : none.text.trace.tapes)
    for (const int state : tape.info().paths()) tape.gradients(state).setZero();
  const Figure zero = none.draw("unrolled");
  EXPECT_EQ(zero.panels[0].remark, "reach: no gradient");
  EXPECT_TRUE(reach_markers(zero.panels[0]).empty());
  auto& tape = broken.text.trace.tapes[0];
  tape.gradient(tape.info().output, 7)[0] = std::numeric_limits<float>::infinity();
  const Figure figure = broken.draw("unrolled");
  EXPECT_EQ(figure.panels[1].remark, "reach: not finite");
  EXPECT_TRUE(std::isinf(columns_of(figure.panels[1]).values[2]));
  EXPECT_EQ(figure.panels[0].y.high, 1);
}

TEST(UnrolledOfALongText, ShowsWhereSomethingIsLeftAndSaysSo) {
  const Example forgets("rnn", {.loss = {trace::LossAt::Kind::last, 0}, .characters = 10001});
  const Figure short_reach = forgets.draw("unrolled");
  EXPECT_EQ(short_reach.panels[0].x.high, 9999.5);
  EXPECT_GT(short_reach.panels[0].x.low, 9000);
  EXPECT_NE(short_reach.caption.find("Of 10000 steps"), std::string::npos);
  const Example keeps("lstm",
                      {.rules = {"f=1", "i=0"}, .loss = {trace::LossAt::Kind::last, 0}, .characters = 10001});
  const Figure all = keeps.draw("unrolled");
  EXPECT_EQ(all.panels[0].x.low, -0.5);
  EXPECT_LT(layout(all, {800, 560}, make_theme(ThemeName::dark), measure).items.size(), 8000U);
}

}  // namespace
}  // namespace gatescope::views
