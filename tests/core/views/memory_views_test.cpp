// The laboratory's views of gated memories.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/analysis/addressed_memory.h"
#include "core/analysis/memory_attention.h"
#include "core/analysis/subjective_time.h"
#include "core/analysis/survival.h"
#include "core/error.h"
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
    for (const std::string view : {"attention", "survival", "clock", "timescales", "highway"}) {
      for (const bool backward : {false, true}) {
        ViewOptions options{.layer = 1, .backward_direction = backward};
        if (view != "highway") options.unit = 2;
        const Figure figure = example.draw(view, options);
        EXPECT_FALSE(figure.headlines.empty()) << view;
        EXPECT_EQ(figure.panels[0].marks.empty(), !gated) << view;
        if (!gated) continue;
        EXPECT_EQ(figure.headlines[0].value.find("nan"), std::string::npos) << view;
      }
      if (!gated) {
        EXPECT_NE(example.draw(view).panels[0].empty_text.find("no gate that keeps its memory"),
                  std::string::npos);
      }
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
  EXPECT_EQ(lines.back().x[0], 3) << "nothing is asked for before it";
  EXPECT_EQ(lines.back().y[0], 1);
  EXPECT_EQ(lines.back().y[8 - 3], 0);
}

// The title names what the curves are of: all numbers of a unit, also in the curve of one unit.
TEST(SurvivalView, IsOfAllMemoriesOfAUnitAndSaysSo) {
  for (const std::string& cell : cells()) {
    const Example example(cell);
    if (!analysis::why_no_gated_memory(example.network.cell()).empty()) continue;
    const nn::CellInfo& info = example.network.cell();
    const Figure figure = example.draw("survival", {.step = 3, .unit = 2});
    EXPECT_EQ(figure.panels[0].title,
              fmt::format("left of {} of step 3", symbol_of(info.channels[info.memory()])));
    const analysis::GatedMemories<float> memories(example.text.trace.tapes[0], {}, 0);
    double there = 0, left = 0;
    for (Index row = 2; row < memories.rows(); row += 6) {
      const analysis::GatedMemory memory = memories.row(row);
      const double size = std::abs(memory.memory[3]);
      double product = 1;
      for (std::size_t t = 4; t <= 7; ++t) product *= memory.keep[t];
      there += size;
      left += size * std::abs(product);
    }
    const Line unit = marks_of<Line>(figure.panels[0]).back();
    ASSERT_EQ(unit.name, "unit 2");
    EXPECT_NEAR(unit.y[7 - 3], left / there, 1e-9) << cell;
  }
}

TEST(MemoryViews, CallTheWholeMemoryByItsSymbolWithoutANumber) {
  for (const std::string cell : {"s6", "gla", "mlstm"}) {
    const Example example(cell, {.loss = {trace::LossAt::Kind::last, 0}});
    for (const std::string view : {"survival", "highway", "unrolled"}) {
      const Figure figure = example.draw(view);
      for (const Panel& panel : figure.panels)
        EXPECT_EQ(panel.title.find("m₀ₜ"), std::string::npos) << view << ": " << panel.title;
      EXPECT_NE(figure.panels[0].title.find("mₜ"), std::string::npos)
          << view << ": " << figure.panels[0].title;
    }
  }
}

TEST(SurvivalView, HasACurveAHead) {
  const Example example("mlstm", {.heads = 3});
  const Figure figure = example.draw("survival", {.step = 3});
  const auto lines = marks_of<Line>(figure.panels[0]);
  ASSERT_EQ(lines.size(), 4U);
  for (std::size_t head = 0; head < 3; ++head) {
    EXPECT_EQ(lines[head].name, fmt::format("head {}", head));
    EXPECT_EQ(lines[head].x[0], 3);
    EXPECT_DOUBLE_EQ(lines[head].y[0], 1);
  }
  EXPECT_TRUE(marks_of<Band>(figure.panels[0]).empty());
  const Example many("retnet", {.hidden = 12, .heads = 12});
  const Panel panel = many.draw("survival").panels[0];
  EXPECT_EQ(marks_of<Line>(panel).size(), 7U);
  EXPECT_EQ(panel.remark, "6 of 12 heads");
  EXPECT_EQ(marks_of<Line>(panel)[5].name, "head 11") << "the first and the last among them";
}

TEST(ClockView, SetsTheTextWithGapsAsLongAsTheTimeThatPasses) {
  const Example example("lstm");
  const Figure figure = example.draw("clock", {.unit = 1});
  ASSERT_EQ(figure.panels.size(), 4U) << "all units and the chosen one: the text, and the time elapsed";
  const analysis::GatedMemories<float> memories(example.text.trace.tapes[0], {}, 0);
  const auto time = analysis::subjective_time(memories, 1);
  const TextStrip strip = marks_of<TextStrip>(figure.panels[1]).at(0);
  EXPECT_EQ(strip.values, time.passed);
  const double mean = time.elapsed.back() / 11;
  ASSERT_EQ(strip.gaps.size(), 12U);
  for (std::size_t t = 0; t < 12; ++t)
    EXPECT_DOUBLE_EQ(strip.gaps[t], time.passed[t] / mean) << "a gap of one character for the mean step";
  EXPECT_EQ(marks_of<Line>(figure.panels[3]).back().y, time.elapsed);
  const auto all = analysis::subjective_time(memories, {});
  EXPECT_EQ(figure.headlines[0].value, fmt::format("{} of 12 steps", *analysis::steps_of_half(all)));
}

TEST(ClockView, ShowsAForcedClockByTheNaturalOnesScale) {
  const Figure still = Example("lstm", {.rules = {"f=1"}}).draw("clock");
  ASSERT_EQ(still.panels.size(), 3U);
  EXPECT_EQ(still.panels[1].title, "all units, mean, natural: −ln fₜ");
  const auto forced_gaps = marks_of<TextStrip>(still.panels[0]).at(0).gaps,
             natural_gaps = marks_of<TextStrip>(still.panels[1]).at(0).gaps;
  for (const double gap : forced_gaps) EXPECT_EQ(gap, 0);
  double natural = 0;
  for (const double gap : natural_gaps) natural += gap;
  EXPECT_NEAR(natural, 11, 1e-9);
  const Figure closed = Example("lstm", {.rules = {"f@4=0"}}).draw("clock");
  const auto gaps = marks_of<TextStrip>(closed.panels[0]).at(0).gaps;
  EXPECT_GT(gaps[4], 5) << "a closed gate is a long step";
  EXPECT_LE(gaps[4], 9) << "of a bounded width";
  EXPECT_NE(closed.caption.find("1 gap is wider than drawn."), std::string::npos) << closed.caption;
}

TEST(ClockView, NamesWhatItsTimeIs) {
  const auto title = [](const std::string& cell) { return Example(cell).draw("clock").panels[0].title; };
  EXPECT_EQ(title("s6"), "all units, mean: dtₜ");
  EXPECT_EQ(title("lstm"), "all units, mean: −ln fₜ");
  EXPECT_EQ(title("mingru"), "all units, mean: −ln (1 − zₜ)");
}

TEST(MemoryView, HasAMatrixAHeadAndTheAddressesOfTheChosenUnits) {
  const Example example("mlstm", {.heads = 2});
  const Figure figure = example.draw("memory", {.step = 7, .unit = 4});
  ASSERT_EQ(figure.panels.size(), 2U);
  const analysis::AddressedMemory<float> memory(example.text.trace.tapes[0]);
  const auto matrices = marks_of<Heatmap>(figure.panels[0]);
  ASSERT_EQ(matrices.size(), 2U);
  for (int head = 0; head < 2; ++head) {
    const auto values = memory.matrix(head, 7);
    ASSERT_EQ(matrices[head].values.rows, 3);
    ASSERT_EQ(matrices[head].values.columns, 3);
    for (int unit = 0; unit < 3; ++unit)
      for (int key = 0; key < 3; ++key)
        EXPECT_EQ(matrices[head].values.at(unit, key), static_cast<float>(values(unit, key)));
  }
  const Line frame = marks_of<Line>(figure.panels[0]).at(0);
  EXPECT_EQ(frame.x[0], 3.5) << "the second head, behind a gap";
  EXPECT_EQ(frame.y[0], 0.5) << "its second unit";
  EXPECT_EQ(figure.panels[1].title, "addresses of head 1: cosine of query and key");
  const Heatmap cosines = marks_of<Heatmap>(figure.panels[1]).at(0);
  const auto expected = memory.addresses(1, 0, 11);
  for (int t = 0; t < 12; ++t)
    for (int s = 0; s < 12; ++s) EXPECT_EQ(cosines.values.at(t, s), static_cast<float>(expected(t, s)));
  EXPECT_NE(figure.headlines[0].label.find("head 1 at step 7"), std::string::npos);
}

TEST(MemoryView, ShowsFourHeadsAtMostAndTheStepsAroundTheChosenOne) {
  const Example example("retnet", {.hidden = 12, .heads = 6, .characters = 301});
  const Figure figure = example.draw("memory", {.step = 250, .unit = 11});
  EXPECT_EQ(marks_of<Heatmap>(figure.panels[0]).size(), 4U);
  EXPECT_NE(figure.caption.find("Heads 2 to 5 of 6. Steps 100 to 299 of 300."), std::string::npos)
      << figure.caption;
  EXPECT_EQ(marks_of<Heatmap>(figure.panels[1]).at(0).x0, 100);
}

TEST(MemoryView, OfAForcedMemoryHasTheNaturalOnesScale) {
  const Example natural("mlstm"), forced("mlstm", {.rules = {"m=*0.1"}});
  const auto scale = [](const Example& example) {
    return marks_of<Heatmap>(example.draw("memory").panels[0]).at(0).colors.high;
  };
  EXPECT_EQ(scale(natural), scale(forced));
}

TEST(MemoryView, SaysWhichCellsHaveAMatrixWhereThereIsNone) {
  const Figure figure = Example("gru").draw("memory");
  EXPECT_NE(figure.panels[0].empty_text.find("mLSTM, Mamba-2"), std::string::npos)
      << figure.panels[0].empty_text;
}

TEST(ParametersView, HasARowAGateAndTellsHowFarItMovedWhereTheStartIsKnown) {
  Example example("lstm");
  const Figure figure = example.draw("parameters");
  ASSERT_EQ(figure.panels.size(), 6U);
  const Bars counts = marks_of<Bars>(figure.panels[0]).at(0), times = marks_of<Bars>(figure.panels[1]).at(0);
  EXPECT_EQ(counts.categories[1], "forget\u00a0gate\u00a0fₜ");
  EXPECT_EQ(counts.values, std::vector<double>(4, 78)) << "6 units, 5 inputs, both biases";
  EXPECT_EQ(times.values, std::vector<double>(4, 1));
  EXPECT_EQ(figure.headlines[0].value, "4 ×");
  auto past = std::make_shared<observe::Past>();
  past->moments.push_back({.update = 0,
                           .network =
                               [spec = example.network.spec(), interface = example.network.interface()] {
                                 auto then = std::make_shared<nn::Network<float>>(spec, interface);
                                 then->initialise(Rng(8));
                                 return then;
                               },
                           .memo = nullptr});
  example.observation.past = past;
  const Figure moved = example.draw("parameters");
  ASSERT_EQ(moved.panels.size(), 7U);
  EXPECT_EQ(moved.panels[6].title, "moved");
  const auto drifts = marks_of<Bars>(moved.panels[6]).at(0).values;
  for (const double drift : drifts) EXPECT_GT(drift, 0.5) << "other weights";
}

TEST(TimescalesView, SortsTheUnitsByTheNaturalRun) {
  const Example example("lstm", {.rules = {"f[2]=1"}});
  const Figure figure = example.draw("timescales", {.unit = 2});
  const auto natural = analysis::effective_time_constants(
      analysis::GatedMemories<float>(example.natural.trace.tapes[0], {}, 0));
  EXPECT_EQ(figure.panels[0].x.numbers, analysis::greatest_first(natural).units);
  EXPECT_NE(figure.caption.find("1 of them never fade."), std::string::npos) << figure.caption;
}

TEST(TimescalesView, SetsTheLaddersOfSeveralModelsSideBySideOnOneAxis) {
  const Example lstm("lstm"), gru("gru"), rnn("rnn");
  const std::vector<Observation> all{lstm.observation, gru.observation, rnn.observation};
  const Figure figure = find_view("timescales").make(all, {});
  ASSERT_EQ(figure.panels.size(), 1U);
  const Panel& panel = figure.panels[0];
  const auto points = marks_of<Scatter>(panel);
  ASSERT_EQ(points.size(), 4U) << "an RNN has no gate that keeps its memory";
  ASSERT_EQ(panel.x.ticks.size(), 3U);
  EXPECT_EQ(panel.x.ticks[2].label, "RNN: no gate keeps it");
  auto expected =
      analysis::effective_time_constants(analysis::GatedMemories<float>(gru.text.trace.tapes[0], {}, 0));
  std::ranges::sort(expected, std::greater<>());
  for (std::size_t rank = 0; rank < expected.size(); ++rank) {
    EXPECT_DOUBLE_EQ(points[3].y[rank], expected[rank]) << "the longest first";
    EXPECT_GT(points[3].x[rank], 0.5);
    EXPECT_LT(points[3].x[rank], 1.5);
    EXPECT_LT(points[1].x[rank], 0.5);
  }
  EXPECT_EQ(points[2].y.size(), 6U) << "and where each began";
}

TEST(TimescalesView, BeginsWhereTheTrainingBeganWhereThatIsKnown) {
  Example lstm("lstm"), gru("gru");
  auto start = std::make_shared<nn::Network<float>>(lstm.network.spec(), lstm.network.interface());
  start->initialise(Rng(9));
  const nn::Parameter& bias = *start->table().find("rnn.bias_ih_l0");
  for (Index unit = 0; unit < 6; ++unit)
    start->parameters()[static_cast<std::size_t>(bias.offset + 6 + unit)] = 3;
  const nn::Parameter& other = *start->table().find("rnn.bias_hh_l0");
  for (Index unit = 0; unit < 6; ++unit)
    start->parameters()[static_cast<std::size_t>(other.offset + 6 + unit)] = 0;
  auto past = std::make_shared<observe::Past>();
  past->moments.push_back({.update = 0, .network = [start] { return start; }, .memo = nullptr});
  lstm.observation.past = past;
  const std::vector<Observation> all{lstm.observation, gru.observation};
  const auto points = marks_of<Scatter>(find_view("timescales").make(all, {}).panels[0]);
  for (const double tau : points[0].y) EXPECT_NEAR(tau, 20.58, 0.01) << "a forget bias of 3";
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
  EXPECT_THROW(Example("gru").draw("conventions", {.unit = 99}), Error);
}

}  // namespace
}  // namespace gatescope::views
