// What forcing looks like in the window: nothing jumps, the lens, transitions, marks, and the three acts.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/clock.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using ui::Key;

struct Forcing : testing::Test {
  WindowDriver w;

  std::vector<std::string> rules() { return nn::to_strings(w.document().probe.rules); }
  std::shared_ptr<const ui::BuiltFigure> built(const std::string& view) {
    return w.bench().figures().get(view);
  }

  /// The lane of that key, in pixels.
  ui::ItemLog::Item lane(const std::string& view, const std::string& key) {
    const auto figure = built(view);
    for (const plot::Placement& placed : figure->scene.placements) {
      if (figure->figure->panels[placed.panel].key != key) continue;
      const ImVec2 low = w.item("view " + view).low;
      return {key,
              "",
              {low.x + placed.plot.x, low.y + placed.plot.y},
              {low.x + placed.plot.right(), low.y + placed.plot.bottom()}};
    }
    throw std::runtime_error("no lane " + key);
  }
  /// Mean over its pixels of what the eye takes for brightness, 0 to 1.
  double brightness(const std::string& view, const std::string& key) {
    const ui::ItemLog::Item at = lane(view, key);
    const plot::Raster picture = w.picture();
    double sum = 0;
    int count = 0;
    // Without the edges, which carry the marks of what is forced.
    for (int y = static_cast<int>(at.low.y) + 2; y < static_cast<int>(at.high.y) - 2; ++y)
      for (int x = static_cast<int>(at.low.x) + 2; x < static_cast<int>(at.high.x) - 2; ++x, ++count) {
        const auto p = static_cast<std::size_t>(4 * (y * picture.width + x));
        sum += 0.2126 * picture.rgba[p] + 0.7152 * picture.rgba[p + 1] + 0.0722 * picture.rgba[p + 2];
      }
    return count > 0 ? sum / count / 255 : 0;
  }
};

/// Of what has a name of its own.
std::map<std::string, std::pair<ImVec2, ImVec2>> places(WindowDriver& w) {
  std::map<std::string, std::pair<ImVec2, ImVec2>> all;
  std::map<std::string, int> named;
  for (const ui::ItemLog::Item& item : w.gui.items().items) {
    ++named[item.label];
    if (item.seen) all.emplace(item.label, std::pair{item.low, item.high});
  }
  std::erase_if(all, [&](const auto& item) { return named[item.first] > 1; });
  return all;
}

TEST_F(Forcing, MovesNothing) {
  for (const auto& [width, height] : {std::pair{1280, 800}, std::pair{1600, 1000}}) {
    w.resize(width, height);
    w.open_tiny();
    w.settle();
    const auto before = places(w);
    std::map<std::string, float> lanes;
    for (const char* key : {"f", "i", "o", "g", "h"}) lanes[key] = lane("gates", key).low.y;
    w.bench().act(ui::Force{nn::parse_force_rule("f=0")});
    w.settle();
    ASSERT_TRUE(w.bench().shown().natural_tape());
    const auto after = places(w);
    int compared = 0;
    for (const auto& [label, place] : before) {
      const auto now = after.find(label);
      if (now == after.end()) continue;
      // What follows from values: the width of a number, an equation in more lines.
      if (label.starts_with("equation") || label.starts_with("role")) continue;
      ++compared;
      EXPECT_EQ(now->second.first.y, place.first.y) << label << " at " << width;
      EXPECT_EQ(now->second.first.x, place.first.x) << label << " at " << width;
    }
    EXPECT_GT(compared, 40);
    for (const auto& [key, top] : lanes) EXPECT_NEAR(lane("gates", key).low.y, top, 0.01) << key;
    w.bench().act(ui::ReleaseAll{});
    w.settle();
  }
}

TEST_F(Forcing, TheLensIsDraggedMovedByKeysAndWrittenDown) {
  w.open_tiny();
  EXPECT_FALSE(w.has("lens")) << "there is nothing to compare";
  w.bench().act(ui::Force{nn::parse_force_rule("f=0")});
  w.settle();
  EXPECT_GE(w.item("lens").low.x, w.place("gates", -0.5, {}).x - 0.5F)
      << "it covers no label beside the lane";
  w.drag("lens", 0, 0);
  EXPECT_EQ(w.view().lens, std::nullopt) << "a press alone moves nothing";
  const ImVec2 to = w.place("gates", 9.5, {}), from = w.item("lens").middle();
  w.drag("lens", to.x - from.x, 0);
  EXPECT_EQ(w.view().lens, 10);
  EXPECT_EQ(w.text("lens"), "10");
  EXPECT_FALSE(w.document().window.marked) << "it marks nothing";
  w.settle();
  EXPECT_NE(built("gates")->figure->caption.find("before step 10"), std::string::npos);
  w.key(Key::right, {.ctrl = true});
  EXPECT_EQ(w.view().lens, 11);
  w.key(Key::left, {.ctrl = true});
  w.key(Key::left, {.ctrl = true});
  EXPECT_EQ(w.view().lens, 9);
  w.key(Key::c);
  EXPECT_EQ(w.view().lens, std::nullopt);
  w.key(Key::c);
  EXPECT_EQ(w.view().lens, w.view().step);
}

TEST_F(Forcing, AValveClosesWithinAMomentAndThenTheWindowIsIdle) {
  w.open_tiny();
  w.bench().act(ui::ShowViews{{"cell"}});
  w.settle();
  const auto opening = [&] {
    const auto figure = built("cell");
    const plot::Figure shown = figure->from ? plot::Figure(*figure->from) : *figure->figure;
    return std::get<plot::Diagram>(shown.panels[0].marks[0]).valves[0].opening;
  };
  const double open = opening();
  w.desk().motion = true;
  w.settle();
  w.bench().act(ui::Force{nn::parse_force_rule("f=0")});
  w.bench().session().settle();
  std::vector<double> shares;
  for (int k = 0; k < 60; ++k) {
    w.frames(1, 1.0 / 60);
    w.bench().figures().settle();
    const auto figure = built("cell");
    if (figure->from) shares.push_back(figure->order.arrived);
  }
  ASSERT_GT(shares.size(), 5u);
  EXPECT_LT(shares.size(), 30u) << "about 300 ms";
  EXPECT_TRUE(std::ranges::is_sorted(shares)) << "it goes one way";
  EXPECT_EQ(shares.front(), 0) << "it begins where the valve was";
  EXPECT_GT(open, 0.01);
  EXPECT_FALSE(built("cell")->from);
  EXPECT_FALSE(w.desk().in_motion);
  // The session is kept meanwhile, at its own time.
  const auto patience = Clock::now();
  while (w.window().next_frame_in() <= 0.2 && seconds_since(patience) < 30) w.settle();
  EXPECT_GT(w.window().next_frame_in(), 0.2) << "idle";

  w.bench().act(ui::SetTransitions{false});
  w.bench().act(ui::ReleaseAll{});
  w.bench().session().settle();
  for (int k = 0; k < 30; ++k) {
    w.frames(1, 1.0 / 60);
    w.bench().figures().settle();
    EXPECT_FALSE(built("cell")->from) << "switched off";
  }
}

// --- Mark and force ---------------------------------------------------------------------------------------

TEST_F(Forcing, CharactersAreMarkedAndForcedInABarThatDoesNotCoverThem) {
  w.open_tiny();
  const auto strip = w.item("probe strip");
  w.drag_at(strip.low.x + 3, strip.low.y + 6, 60, 0);
  ASSERT_TRUE(w.document().window.marked);
  const ui::Marked marked = *w.document().window.marked;
  EXPECT_TRUE(marked.bar);
  EXPECT_EQ(marked.steps.front().first, 0);
  EXPECT_GT(marked.steps.front().last, 3);
  EXPECT_EQ(marked.channel, "f") << "what the text is coloured by";
  const auto bar = w.item("mark bar"), text = w.item("marked text");
  EXPECT_TRUE(bar.low.y >= text.high.y || bar.high.y <= text.low.y);
  w.click("i####mark gate");
  w.click("Closed##mark");
  EXPECT_THAT(rules(), ElementsAre(fmt::format("i@0-{}=0", marked.steps.front().last)));
  EXPECT_FALSE(w.document().window.marked);
  EXPECT_FALSE(w.has("mark bar"));
}

TEST_F(Forcing, ARectangleOfALaneIsMarkedForItsGate) {
  w.open_tiny();
  const ui::ItemLog::Item o = lane("gates", "o");
  const float width = o.high.x - o.low.x, height = o.high.y - o.low.y;
  const auto steps = static_cast<float>(w.bench().shown().steps());
  // Steps 5 to 9, units 2 to 6 of 8.
  const ImVec2 from{o.low.x + width * 5.5F / steps, o.low.y + height * 2.5F / 8};
  w.drag_at(from.x, from.y, width * 4 / steps, height * 4 / 8);
  ASSERT_TRUE(w.document().window.marked);
  EXPECT_EQ(w.document().window.marked->channel, "o");
  EXPECT_THAT(w.document().window.marked->steps, ElementsAre(nn::Range{5, 9}));
  EXPECT_THAT(w.document().window.marked->units, ElementsAre(nn::Range{2, 6}));
  const auto bar = w.item("mark bar"), marked = w.item("marked gates");
  EXPECT_TRUE(bar.low.y >= marked.high.y || bar.high.y <= marked.low.y || bar.low.x >= marked.high.x ||
              bar.high.x <= marked.low.x);
  w.click("Open##mark");
  EXPECT_THAT(rules(), ElementsAre("o[2-6]@5-9=1"));
  // A swipe along the steps means all units.
  w.settle();
  const ui::ItemLog::Item again = lane("gates", "i");
  w.drag_at(again.low.x + width * 2.5F / steps, again.middle().y, width * 3 / steps, 0);
  EXPECT_THAT(w.document().window.marked->units, IsEmpty());
  EXPECT_THAT(w.document().window.marked->steps, ElementsAre(nn::Range{2, 5}));
  w.key(Key::escape);
  EXPECT_FALSE(w.document().window.marked);
  EXPECT_THAT(rules(), ElementsAre("o[2-6]@5-9=1"));
}

TEST_F(Forcing, SortedRowsAreMarkedForTheUnitsTheyShow) {
  w.open_tiny();
  w.bench().act(ui::SortUnits{"f"});
  w.settle();
  const ui::ItemLog::Item o = lane("gates", "o");
  const std::vector<int> rows = [&] {
    for (const plot::Panel& panel : built("gates")->figure->panels)
      if (panel.key == "o") return panel.y.numbers;
    return std::vector<int>();
  }();
  ASSERT_EQ(rows.size(), 8u) << "sorted, and not by number";
  const float width = o.high.x - o.low.x, height = o.high.y - o.low.y;
  const auto steps = static_cast<float>(w.bench().shown().steps());
  // Steps 5 to 9 of three rows; which end of the axis is above is the figure's.
  const auto pressed = w.bench().shown().view().unit;
  w.drag_at(o.low.x + width * 5.5F / steps, o.low.y + height * 1.5F / 8, width * 4 / steps, height * 2 / 8);
  ASSERT_TRUE(w.document().window.marked);
  std::set<int> marked, above, below;
  for (const nn::Range& range : w.document().window.marked->units)
    for (int unit = range.first; unit <= range.last; ++unit) marked.insert(unit);
  for (std::size_t row = 1; row <= 3; ++row)
    above.insert(rows[row]), below.insert(rows[rows.size() - 1 - row]);
  EXPECT_TRUE(marked == above || marked == below) << testing::PrintToString(marked);
  EXPECT_NE(w.view().unit, pressed) << "what is pressed is chosen";
  EXPECT_TRUE(marked.contains(w.view().unit.value_or(-1))) << "and among what is marked";
  w.click("Closed##mark");
  ASSERT_EQ(rules().size(), 1u);
  const nn::ForceRule rule = nn::parse_force_rule(rules()[0]);
  EXPECT_EQ(rule.channel, "o");
  for (int unit = 0; unit < 8; ++unit) {
    const bool forced =
        std::ranges::any_of(rule.units, [&](const nn::Range& range) { return range.contains(unit); });
    EXPECT_EQ(forced, marked.contains(unit)) << unit;
  }
}

TEST_F(Forcing, ThePresentersRowIsMarkedToo) {
  w.open_tiny();
  w.bench().act(ui::ShowPresenter{true});
  w.settle();
  const auto strip = w.item("probe strip");
  w.drag_at(strip.low.x + 3, strip.low.y + 6, 60, 0);
  ASSERT_TRUE(w.document().window.marked);
  w.settle();
  w.click("Closed##mark");
  ASSERT_EQ(rules().size(), 1u);
  EXPECT_TRUE(rules()[0].starts_with("f@0-")) << rules()[0];
}

TEST_F(Forcing, MarksAreMadeAndForcedWithoutAMouse) {
  w.open_tiny();
  w.bench().act(ui::ChooseStep{6});
  for (int k = 0; k < 3; ++k) w.key(Key::right, {.shift = true});
  ASSERT_TRUE(w.document().window.marked);
  EXPECT_THAT(w.document().window.marked->steps, ElementsAre(nn::Range{6, 9}));
  w.key(Key::left, {.shift = true});
  EXPECT_THAT(w.document().window.marked->steps, ElementsAre(nn::Range{6, 8}));
  EXPECT_FALSE(w.has("mark bar"));
  w.key(Key::enter);
  ASSERT_TRUE(w.has("mark bar"));
  w.key(Key::down);
  EXPECT_EQ(w.document().window.marked->channel, "i");
  for (int k = 0; k < 3; ++k) w.key(Key::right);
  w.key(Key::plus);
  w.key(Key::enter);
  EXPECT_THAT(rules(), ElementsAre("i@6-8=0.55"));
  EXPECT_EQ(w.view().step, 6) << "the bar had the arrows";
}

TEST_F(Forcing, WhatIsMarkedIsFreedWithinARule) {
  w.open_tiny();
  w.bench().act(ui::Force{nn::parse_force_rule("f=0")});
  w.bench().act(ui::Mark{{"f", {}, {{5, 8}}, true, 0.5}});
  w.settle();
  w.click("Free##mark");
  EXPECT_THAT(rules(), ElementsAre("f@0-4,9-=0"));
  w.bench().act(ui::ReleaseAll{});
  w.bench().act(ui::Force{nn::parse_force_rule("f@2-9=0")});
  w.bench().act(ui::Mark{{"f", {{1, 2}}, {{5, 20}}, true, 0.5}});
  w.settle();
  w.click("Free##mark");
  EXPECT_THAT(rules(), ElementsAre("f[0,3-7]@2-9=0", "f[1-2]@2-4=0"));
}

TEST_F(Forcing, AMarkBehindTheEndOfAShorterTextForcesNothingAndMovesIntoIt) {
  w.open_tiny();
  const int steps = w.bench().shown().steps();
  w.bench().act(ui::ChooseStep{steps - 1});
  w.bench().act(ui::Mark{{.channel = "o", .steps = {{steps - 1, steps - 1}}}});
  w.bench().act(ui::SetProbeText{"the mill"});
  w.settle();
  ASSERT_LT(w.bench().shown().steps(), steps);
  w.bench().forcing().force_marked(1.0);
  EXPECT_THAT(rules(), IsEmpty());
  w.bench().act(ui::ChooseStep{steps - 1});
  w.bench().act(ui::Mark{{.channel = "o", .steps = {{steps - 1, steps - 1}}}});
  w.bench().forcing().mark_steps(1);
  ASSERT_TRUE(w.document().window.marked);
  const nn::Range now = w.document().window.marked->steps.front();
  EXPECT_LE(now.first, now.last);
  EXPECT_LT(now.last, w.bench().shown().steps());
}

TEST_F(Forcing, TheMenuOfAViewIsOpenedAndClosedByIntents) {
  w.open_tiny();
  w.click("view gates", 1);
  EXPECT_EQ(w.document().window.view_menu, "gates");
  EXPECT_TRUE(w.has("Export..."));
  w.key(Key::escape);
  EXPECT_EQ(w.document().window.view_menu, "");
  w.bench().act(ui::OpenViewMenu{"gates"});
  w.frames(3);
  EXPECT_TRUE(w.has("Export..."));
  w.bench().act(ui::CloseMenu{});
  w.frames(3);
  EXPECT_FALSE(w.has("Export..."));
}

// --- The three acts, on weights that come along
// --------------------------------------------------------------

struct Acts : Forcing {
  /// The button of the unit found to do this.
  std::string role(std::string_view what) {
    for (const ui::ItemLog::Item& item : w.gui.items().items)
      if (item.label.find(fmt::format("{}, unit ", what)) != std::string::npos) return item.label;
    throw std::runtime_error("no unit is found");
  }
  void SetUp() override {
    w.bench().act(ui::OpenPreset{"long_memory"});
    w.bench().wait_for_files();
    w.bench().session().settle();
    w.frames(3);
    ASSERT_FALSE(w.now().training) << "it opens with what it has learnt, paused";
    ASSERT_TRUE(w.view().unit) << "and with a unit that makes its point";
    w.settle();
  }
};

TEST_F(Acts, ReplayTheChosenUnitsMemoryMovesLessThanWhatItShows) {
  w.key(Key::digit_2);
  w.key(Key::home);
  w.key(Key::space);
  const int step = w.view().step;
  for (int k = 0; k < 60; ++k) w.frames(1, 1.0 / 30);
  EXPECT_GT(w.view().step, step) << "it plays";
  w.key(Key::space);
  w.settle();
  const auto figure = built("states")->figure;
  ASSERT_EQ(figure->headlines.size(), 2u);
  for (const plot::Headline& headline : figure->headlines)
    EXPECT_NE(headline.label.find(fmt::format("unit {}", *w.view().unit)), std::string::npos)
        << headline.label;
  // The preset's unit forgets at every space: of |Δc| / std 1.01 and |Δh| / std 0.96 nothing can be said.
  // Of the unit with the longest memory, which a press chooses, and of all units together it is plain.
  const auto moves_less = [&] {
    const auto now = built("states")->figure;
    EXPECT_LT(std::stod(now->headlines[0].value), 0.5 * std::stod(now->headlines[1].value))
        << "|Δc| / std is less than |Δh| / std";
  };
  const std::optional<int> preset = w.view().unit;
  w.click(role("longest memory"));
  w.settle();
  ASSERT_NE(w.view().unit, preset);
  moves_less();
  w.bench().act(ui::ChooseUnit{});
  w.settle();
  moves_less();
  int holds = 0;
  for (int unit = 0; unit < w.bench().shown().hidden(); ++unit) {
    w.bench().act(ui::ChooseUnit{unit});
    w.settle();
    const auto now = built("states")->figure;
    holds += std::stod(now->headlines[0].value) < std::stod(now->headlines[1].value);
  }
  EXPECT_GE(holds, 56) << "of 64 units; 59 when it was measured";
}

TEST_F(Acts, EachGateClosedWipesWhatItGuardsAndOpenedLightsUp) {
  w.resize(1600, 1000);
  w.settle();
  struct Case {
    const char *gate, *row, *guarded;
  };
  for (const auto& [gate, row, guarded] :
       {Case{"f", "Forget", "c"}, Case{"i", "Input", "c"}, Case{"o", "Output", "h"}}) {
    const std::string id = fmt::format("##{}##force {}", row, gate);
    const double before = brightness("gates", guarded), lit = brightness("gates", gate);
    const auto press = [&](const std::string& button) {
      w.click(button + id);
      w.move(1, 1);  // no tooltip lies on the lanes
      w.settle();
    };
    press("closed");
    ASSERT_THAT(rules(), ElementsAre(std::string(gate) + "=0"));
    EXPECT_LT(brightness("gates", guarded), 0.6 * before) << gate << " closed: " << guarded << " is wiped";
    EXPECT_LT(brightness("gates", gate), 0.4 * lit) << gate << " closed: its own lane is dark";
    const double dark = brightness("gates", gate);
    press("open");
    ASSERT_THAT(rules(), ElementsAre(std::string(gate) + "=1"));
    EXPECT_GT(brightness("gates", gate), lit) << gate << " open";
    EXPECT_GT(brightness("gates", gate), 2 * dark);
    press("free");
    ASSERT_THAT(rules(), IsEmpty());
    EXPECT_NEAR(brightness("gates", guarded), before, 1e-3) << "as it was";
  }
}

}  // namespace
}  // namespace gatescope::test
