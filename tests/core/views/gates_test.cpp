#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "core/plot/link.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

class GatesView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, GatesView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(GatesView, ShowTheTapeOfEveryGateCandidateAndStateExactly) {
  const Example example(GetParam(), {.layers = 2, .bidirectional = true});
  for (int layer = 0; layer < 2; ++layer)
    for (const bool backward : {false, true}) {
      const auto& tape = example.text.trace.tapes[2 * layer + backward];
      const nn::CellInfo& cell = tape.info();
      const Figure figure = example.draw("gates", {.layer = layer, .backward_direction = backward});
      std::size_t shown = 0;
      for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
        const nn::Channel& channel = cell.channels[k];
        if (channel.role == nn::Role::internal) continue;
        ++shown;
        const std::string title = title_of(channel);
        const auto panel = std::find_if(figure.panels.begin(), figure.panels.end(),
                                        [&](const Panel& p) { return p.title == title; });
        ASSERT_NE(panel, figure.panels.end()) << title;
        const auto maps = marks_of<Heatmap>(*panel);
        ASSERT_EQ(maps.size(), 1U);
        ASSERT_EQ(maps[0].values.rows, 6);
        ASSERT_EQ(maps[0].values.columns, 12);
        for (int t = 0; t < 12; ++t)
          for (int u = 0; u < 6; ++u) EXPECT_EQ(maps[0].values.at(u, t), tape.values(k)(u, t)) << title;
        EXPECT_EQ(maps[0].colors.map,
                  channel.role == nn::Role::gate ? Colormap::sequential : Colormap::diverging);
        if (channel.role == nn::Role::gate) {
          EXPECT_EQ(maps[0].colors.low, 0);
          EXPECT_EQ(maps[0].colors.high, 1);
        } else {
          EXPECT_EQ(*maps[0].colors.low, -*maps[0].colors.high) << "zero in the middle";
          EXPECT_EQ(maps[0].colors.quantity, role_of(cell, k)) << "one colour a quantity, whatever its sign";
        }
        EXPECT_EQ(panel->x.characters.size(), 12U);
      }
      EXPECT_EQ(figure.panels.size(), shown);
    }
}

TEST_P(GatesView, AForcedChannelShowsWhatIsUsedAndAGhostOfWhatTheNetworkWanted) {
  const Example plain(GetParam());
  for (const nn::Channel& channel : plain.network.cell().channels) {
    const std::string symbol(channel.symbol);
    if (!plain.network.cell().counts_units(plain.network.cell().find(symbol))) {
      EXPECT_THROW(plain.draw("gates", {.channel = symbol}), Error);
      continue;
    }
    const Example forced(GetParam(), {.rules = {symbol + "[2]@4-6=0.25"}});
    const Figure figure = forced.draw("gates", {.channel = symbol});
    // Under a memory stands what it is without the rule, too.
    const bool memory = plain.network.cell().memory() == plain.network.cell().find(symbol);
    ASSERT_EQ(figure.panels.size(), memory ? 3 : 2) << symbol;
    const auto spans = marks_of<Spans>(figure.panels[0]);
    ASSERT_EQ(spans.size(), 1U);
    EXPECT_EQ(spans[0].intervals, (std::vector{std::pair{3.5, 6.5}}));
    EXPECT_EQ(spans[0].ink.role, InkRole::forced);
    const Heatmap used = marks_of<Heatmap>(figure.panels[0])[0],
                  ghost = marks_of<Heatmap>(figure.panels[1])[0];
    const auto& tape = forced.text.trace.tapes[0];
    const int k = tape.info().find(symbol);
    for (int t = 0; t < 12; ++t)
      for (int u = 0; u < 6; ++u) {
        EXPECT_EQ(used.values.at(u, t), tape.values(k)(u, t));
        EXPECT_EQ(ghost.values.at(u, t), tape.raw_values(k)(u, t));
      }
    EXPECT_EQ(used.values.at(2, 5), 0.25F);
    EXPECT_NE(figure.caption.find(symbol + "[2]@4-6=0.25"), std::string::npos);
    EXPECT_NE(figure.headlines[0].label.find("natural"), std::string::npos);
  }
}

TEST(GatesUnderARule, ShowTheMemoryBesideTheNaturalOneOnItsScale) {
  const Example forced("lstm", {.rules = {"f=0", "i=*0.1"}});
  const Figure figure = forced.draw("gates");
  const auto at = std::ranges::find(figure.panels, "cell state cₜ, forced", &Panel::title);
  ASSERT_NE(at, figure.panels.end());
  ASSERT_EQ((at + 1)->title, "cell state cₜ, natural");
  const Heatmap used = marks_of<Heatmap>(*at)[0], natural = marks_of<Heatmap>(*(at + 1))[0];
  const int c = forced.network.cell().memory();
  float most = 0, left = 0;
  for (int t = 0; t < 12; ++t)
    for (int u = 0; u < 6; ++u) {
      EXPECT_EQ(natural.values.at(u, t), forced.natural.trace.tapes[0].values(c)(u, t));
      EXPECT_EQ(used.values.at(u, t), forced.text.trace.tapes[0].values(c)(u, t));
      most = std::max(most, std::abs(natural.values.at(u, t)));
      left = std::max(left, std::abs(used.values.at(u, t)));
    }
  EXPECT_EQ(used.colors.high, natural.colors.high);
  EXPECT_GE(*used.colors.high, most / 1.5F);
  EXPECT_LT(left, 0.3 * *used.colors.high) << "what is wiped looks wiped";
}

TEST(GatesOfChosenUnits, KeepTheirNumbersAndTheCursorFindsItsRow) {
  const Example example("lstm");
  const Figure run = example.draw("gates", {.channel = "f", .units = {2, 3, 4}, .step = 5, .unit = 3});
  EXPECT_EQ(marks_of<Heatmap>(run.panels[0])[0].y0, 2);
  EXPECT_EQ(marks_of<Cursor>(run.panels[0])[0].y, 3);
  EXPECT_EQ(marks_of<Cursor>(run.panels[0])[0].x, 5);
  const Figure apart = example.draw("gates", {.channel = "f", .units = {4, 1}, .unit = 1});
  const auto maps = marks_of<Heatmap>(apart.panels[0]);
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[0].values.at(0, 7), example.text.trace.tapes[0].values(1)(4, 7));
  EXPECT_EQ(apart.panels[0].y.ticks[1].label, "1");
  EXPECT_EQ(marks_of<Cursor>(apart.panels[0])[0].y, 1);
}

TEST(GatesInAnOrder, HaveEveryUnitInItsRowAndSayWhoseItIs) {
  const Example example("lstm", {.rules = {"f[0-2]@4-6=0"}});
  const auto kept = analysis::unit_order(example.observation, 0, false, "f");
  const analysis::UnitOrder& order = *kept;
  for (const std::string view : {"gates", "effect"}) {
    const Figure figure = example.draw(view, {.step = 2, .unit = 3, .sort = "f"});
    const Figure plain = example.draw(view, {.step = 2, .unit = 3});
    EXPECT_NE(figure.caption.find("Rows from the greatest mean forget gate"), std::string::npos);
    int maps = 0;
    for (std::size_t p = 0; p < figure.panels.size(); ++p) {
      const auto here = marks_of<Heatmap>(figure.panels[p]), there = marks_of<Heatmap>(plain.panels[p]);
      if (here.empty()) continue;
      ++maps;
      const Axis& axis = figure.panels[p].y;
      EXPECT_EQ(axis.numbers, order.units);
      for (int row = 0; row < 6; ++row) {
        EXPECT_EQ(axis.ticks[row].label, std::to_string(order.units[row]));
        for (int t = 0; t < here[0].values.columns; ++t)
          EXPECT_EQ(here[0].values.at(row, t), there[0].values.at(*number_at(axis, row), t));
      }
      EXPECT_EQ(number_at(axis, *marks_of<Cursor>(figure.panels[p])[0].y), 3) << "the outline follows";
    }
    EXPECT_GE(maps, view == "gates" ? 7 : 1);
  }
  const Figure some = example.draw("gates", {.channel = "i", .units = {1, 2, 4}, .sort = "f"});
  EXPECT_EQ(some.panels[0].y.numbers.size(), 3U);
  EXPECT_THROW(example.draw("gates", {.sort = "nothing"}), Error);
}

TEST(GatesWithOwnScales, ScaleEveryRowOfAStateAndKeepTheValues) {
  const Example example("lstm");
  const Figure figure = example.draw("gates", {.own_scales = true}), plain = example.draw("gates");
  bool scaled = false;
  for (std::size_t p = 0; p < figure.panels.size(); ++p) {
    const Heatmap own = marks_of<Heatmap>(figure.panels[p])[0], usual = marks_of<Heatmap>(plain.panels[p])[0];
    EXPECT_EQ(*own.values.values, *usual.values.values) << "CSV and tooltips say what is so";
    if (own.colors.map == Colormap::sequential) {
      EXPECT_TRUE(own.row_scales.empty()) << "gates have one scale";
      continue;
    }
    scaled = true;
    ASSERT_EQ(own.row_scales.size(), 6U);
    for (int row = 0; row < 6; ++row) {
      double most = 0;
      for (int t = 0; t < own.values.columns; ++t)
        most = std::max(most, std::abs(static_cast<double>(own.values.at(row, t))));
      EXPECT_EQ(own.row_scales[row], most);
    }
    EXPECT_EQ(own.colors.high, 1);
  }
  EXPECT_TRUE(scaled);
}

TEST(GatesOfAFrame, RevealTheStepsSoFarOnAxesAndColoursThatStay) {
  const Example example("lstm");
  const Figure whole = example.draw("gates"), part = example.draw("gates", {.frame = 3});
  ASSERT_EQ(whole.panels.size(), part.panels.size());
  for (std::size_t p = 0; p < whole.panels.size(); ++p) {
    const Heatmap all = marks_of<Heatmap>(whole.panels[p])[0], some = marks_of<Heatmap>(part.panels[p])[0];
    EXPECT_EQ(some.values.columns, 4);
    EXPECT_EQ(some.colors.high, all.colors.high);
    EXPECT_EQ(part.panels[p].x.high, whole.panels[p].x.high);
  }
}

TEST(GatesOfWhatDoesNotExist, AreRefusedByName) {
  const Example example("gru");
  EXPECT_THROW(example.draw("gates", {.channel = "c"}), Error);
  EXPECT_THROW(example.draw("gates", {.layer = 1}), Error);
  EXPECT_THROW(example.draw("gates", {.backward_direction = true}), Error);
  EXPECT_THROW(example.draw("gates", {.units = {6}}), Error);
  EXPECT_THROW(example.draw("gates", {.unit = -1}), Error);
  EXPECT_THROW(example.draw("gates", {.step = 12}), Error);
  EXPECT_THROW(find_view("gate"), Error);
}

}  // namespace
}  // namespace gatescope::views
