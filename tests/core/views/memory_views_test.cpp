// The laboratory's views of gated memories.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/memory_attention.h"
#include "core/analysis/survival.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

class MemoryViews : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, MemoryViews, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(MemoryViews, ShowEveryCellOrSayWhyNot) {
  for (const std::vector<std::string>& rules : {std::vector<std::string>{}, {"h@4=*0.5"}}) {
    const Example example(GetParam(), {.layers = 2, .bidirectional = true, .rules = rules});
    const bool gated = analysis::why_no_gated_memory(example.network.cell()).empty();
    for (const std::string view : {"attention", "survival", "timescales", "highway"}) {
      for (const bool backward : {false, true}) {
        ViewOptions options{.layer = 1, .backward_direction = backward};
        if (view != "highway") options.unit = 2;
        const Figure figure = example.draw(view, options);
        EXPECT_FALSE(figure.headlines.empty()) << view;
        EXPECT_EQ(figure.panels[0].marks.empty(), !gated) << view;
        if (!gated) continue;
        EXPECT_EQ(figure.headlines[0].value.find("nan"), std::string::npos) << view;
      }
      if (!gated)
        EXPECT_NE(example.draw(view).panels[0].empty_text.find("no gate that keeps its memory"),
                  std::string::npos);
    }
  }
}

TEST(AttentionView, HasARowAReadingAndAColumnAWriting) {
  const Example example("lstm");
  const ViewOptions options{.step = 7, .unit = 3};
  const Figure figure = example.draw("attention", options);
  ASSERT_EQ(figure.panels.size(), 4U);
  const analysis::GatedMemories<float> memories(example.text.trace.tapes[0], {}, 0);
  const auto alpha = analysis::memory_attention(memories.row(3), 0, 11).alpha;
  const Heatmap unit = marks_of<Heatmap>(figure.panels[1])[0];
  ASSERT_EQ(unit.values.rows, 12);
  ASSERT_EQ(unit.values.columns, 12);
  for (int t = 0; t < 12; ++t)
    for (int s = 0; s < 12; ++s)
      EXPECT_FLOAT_EQ(unit.values.at(t, s), static_cast<float>(std::abs(alpha(t, s))));
  const double age = analysis::memory_ages(memories).age[7];
  EXPECT_EQ(figure.headlines[0].value, fmt::format("{:.1f} steps", age));
  EXPECT_NE(figure.headlines[0].label.find("step 7"), std::string::npos);
}

TEST(AttentionView, ShowsThePartOfALongTextAroundTheChosenStep) {
  const Example example("gru", {.characters = 501});
  const Figure figure = example.draw("attention", {.step = 300});
  const Heatmap all = marks_of<Heatmap>(figure.panels[0])[0];
  EXPECT_EQ(all.values.rows, 200);
  EXPECT_EQ(all.x0, 200);
  EXPECT_EQ(figure.panels[0].x.low, 199.5);
  EXPECT_NE(figure.caption.find("Steps 200 to 399 of 500."), std::string::npos);
}

TEST(SurvivalView, BlamesTheStepThatClosedTheGate) {
  const Example example("lstm", {.rules = {"f@8=0"}});
  const Figure figure = example.draw("survival", {.step = 3, .unit = 1});
  EXPECT_NE(figure.panels[1].remark.find("most by step 8"), std::string::npos) << figure.panels[1].remark;
  EXPECT_NE(figure.panels[1].remark.find("100 %"), std::string::npos);
  const auto lines = marks_of<Line>(figure.panels[0]);
  EXPECT_EQ(lines.back().name, "unit 1");
  EXPECT_EQ(lines.back().y[8], 0);
  EXPECT_EQ(lines.back().y[3], 1);
}

TEST(TimescalesView, SortsTheUnitsByTheNaturalRun) {
  const Example example("lstm", {.rules = {"f[2]=1"}});
  const Figure figure = example.draw("timescales", {.unit = 2});
  const auto natural = analysis::effective_time_constants(
      analysis::GatedMemories<float>(example.natural.trace.tapes[0], {}, 0));
  EXPECT_EQ(figure.panels[0].x.numbers, analysis::greatest_first(natural).units);
  EXPECT_NE(figure.caption.find("1 of them never fade."), std::string::npos) << figure.caption;
}

TEST(HighwayView, StacksItsWaysUpToOne) {
  const Example example("lstm", {.loss = {trace::LossAt::Kind::last, 0}});
  const Figure figure = example.draw("highway");
  const auto bands = marks_of<Band>(figure.panels[0]);
  ASSERT_EQ(bands.size(), 6U);
  for (const double low : bands.front().low) EXPECT_EQ(low, 0);
  for (const double high : bands.back().high) EXPECT_NEAR(high, 1, 1e-9);
  const auto lines = marks_of<Line>(figure.panels[1]);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].y.front(), 1);
  EXPECT_EQ(lines[1].y.front(), 1);
  EXPECT_EQ(lines[0].y.size(), 12U);
  const Figure closed =
      Example("lstm", {.rules = {"f=0"}, .loss = {trace::LossAt::Kind::last, 0}}).draw("highway");
  EXPECT_EQ(closed.headlines[0].value, "0 %") << "the highway is closed";
  EXPECT_NE(closed.headlines[0].label.find("natural"), std::string::npos);
}

TEST(ConventionsView, DrawsBothWaysOrSaysThatThereIsOne) {
  for (const std::string& cell : cells()) {
    const Example example(cell);
    const Figure figure = example.draw("conventions", {.step = 4, .unit = 2});
    if (marks_of<Line>(figure.panels[0]).empty()) {
      EXPECT_NE(figure.panels[0].empty_text.find("is written one way"), std::string::npos) << cell;
      continue;
    }
    for (const Panel& panel : figure.panels) {
      const auto lines = marks_of<Line>(panel);
      ASSERT_EQ(lines.size(), 2U) << cell;
      EXPECT_EQ(lines[0].y.size(), 12U);
      EXPECT_EQ(lines[1].y.size(), 12U);
      EXPECT_EQ(marks_of<Cursor>(panel).size(), 1U);
      EXPECT_FALSE(panel.remark.empty());
    }
  }
  EXPECT_EQ(Example("gru").draw("conventions", {.unit = 1}).panels.size(), 2U);
}

}  // namespace
}  // namespace gatescope::views
