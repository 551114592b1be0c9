// While something is forced, the natural run sets every scale, and a lens shows it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/views/text_colours.h"
#include "observations.h"

namespace gatescope::views {
namespace {

const std::vector<std::string> kRules{"f=1", "f=0", "i=0", "c@4-=30"};

TEST(TheNaturalRun, SetsTheScaleOfEveryViewUnderARule) {
  const Example free("lstm");
  for (const std::string& rule : kRules) {
    const Example forced("lstm", {.rules = {rule}});
    for (const char* view : {"gates", "states", "portrait", "text", "saturation"}) {
      const Figure natural = free.draw(view, {.unit = 2}), now = forced.draw(view, {.unit = 2});
      for (const Panel& panel : natural.panels) {
        const auto same = std::ranges::find_if(now.panels, [&](const Panel& other) {
          return panel.key.empty() ? other.title == panel.title : other.key == panel.key;
        });
        if (same == now.panels.end()) continue;
        if (std::string(view) == "states" || std::string(view) == "portrait") {
          EXPECT_EQ(same->x.low, panel.x.low) << view << " " << rule << " " << panel.title;
          EXPECT_EQ(same->x.high, panel.x.high) << view << " " << rule << " " << panel.title;
        }
        EXPECT_EQ(same->y.low, panel.y.low) << view << " " << rule << " " << panel.title;
        EXPECT_EQ(same->y.high, panel.y.high) << view << " " << rule << " " << panel.title;
        const auto before = marks_of<Heatmap>(panel), after = marks_of<Heatmap>(*same);
        for (std::size_t k = 0; k < std::min(before.size(), after.size()); ++k)
          EXPECT_EQ(after[k].colors.high, before[k].colors.high) << view << " " << rule;
      }
    }
    for (const char* quantity : {"c", "f", "loss", "saliency"}) {
      const ViewOptions options{.channel = quantity, .unit = 1};
      EXPECT_EQ(text_colours(forced.observation, options, NoUnit::mean).colors.high,
                text_colours(free.observation, options, NoUnit::mean).colors.high)
          << quantity << " " << rule;
    }
    const auto units = [](const Example& example) {
      std::vector<std::string> names;
      for (const Line& line : marks_of<Line>(example.draw("states").panels[0]))
        if (!line.name.empty()) names.push_back(line.name);
      return names;
    };
    EXPECT_EQ(units(forced), units(free)) << "the units shown stay the same under " << rule;
  }
}

TEST(ADifference, IsShownOnTheScaleOfTheChannel) {
  const Example slight("lstm", {.rules = {"f=*0.999"}});
  const auto map = marks_of<Heatmap>(slight.draw("effect").panels[1])[0];
  for (const float value : *map.values.values) EXPECT_LT(std::abs(value), 0.05 * *map.colors.high);
}

TEST(Lens, ShowsTheNaturalRunBeforeItsEdge) {
  const Example forced("lstm", {.rules = {"f=0"}});
  const auto& tape = forced.text.trace.tapes[0];
  const auto& natural = forced.natural.trace.tapes[0];
  const Figure figure = forced.draw("gates", {.lens = 5});
  const auto lane = [&](const std::string& key) {
    return *std::ranges::find(figure.panels, key, &Panel::key);
  };
  for (const auto& [key, k] : {std::pair{"f", 1}, std::pair{"c", 4}}) {
    const Heatmap map = marks_of<Heatmap>(lane(key))[0];
    for (int t = 0; t < 12; ++t)
      for (int u = 0; u < 6; ++u)
        EXPECT_EQ(map.values.at(u, t), (t < 5 ? natural : tape).values(k)(u, t)) << key << " " << t;
  }
  EXPECT_EQ(marks_of<Spans>(lane("f"))[0].intervals, (std::vector{std::pair{4.5, 11.5}}))
      << "only what is seen forced is hatched";
  EXPECT_EQ(marks_of<Rule>(lane("i"))[0].at, 4.5);
  EXPECT_NE(figure.caption.find("before step 5"), std::string::npos);

  const Line line = marks_of<Line>(forced.draw("states", {.units = {1}, .lens = 5}).panels[0])[1];
  for (Index t = 0; t < 12; ++t) EXPECT_EQ(line.y[t], (t < 5 ? natural : tape).values(4)(1, t));
  const auto strip =
      marks_of<TextStrip>(forced.draw("text", {.channel = "c", .unit = 1, .lens = 5}).panels[0])[0];
  for (Index t = 0; t < 12; ++t) EXPECT_EQ(strip.values[t], (t < 5 ? natural : tape).values(4)(1, t));

  const Example free("lstm");
  EXPECT_TRUE(marks_of<Rule>(free.draw("gates", {.lens = 5}).panels[0]).empty()) << "nothing is forced";
  EXPECT_EQ(free.draw("gates", {.lens = 5}).caption, free.draw("gates").caption);
}

TEST(Lens, HasSortedRowsOfTheNaturalRunOnItsLeft) {
  const Example forced("lstm", {.rules = {"f=0"}});
  const auto& tape = forced.text.trace.tapes[0];
  const auto& natural = forced.natural.trace.tapes[0];
  const Figure figure = forced.draw("gates", {.sort = "i", .own_scales = true, .lens = 5});
  const Panel lane = *std::ranges::find(figure.panels, "c", &Panel::key);
  const Heatmap map = marks_of<Heatmap>(lane)[0];
  for (int row = 0; row < 6; ++row) {
    const int unit = lane.y.numbers.empty() ? row : lane.y.numbers[row];
    float most = 0;
    for (int t = 0; t < 12; ++t) {
      EXPECT_EQ(map.values.at(row, t), (t < 5 ? natural : tape).values(4)(unit, t)) << row << " " << t;
      most = std::max(most, std::abs(natural.values(4)(unit, t)));
    }
    EXPECT_NEAR(map.row_scales[row], most, 1e-6) << "of the natural run";
  }
}

TEST(ForcedLanes, ShareThePlaceOfTheirChannel) {
  const Example free("lstm"), forced("lstm", {.rules = {"f=0"}});
  const auto slots = [](const Figure& figure) {
    return std::ranges::count_if(figure.panels, [](const Panel& panel) { return !panel.joined; });
  };
  EXPECT_EQ(slots(free.draw("gates")), 6);
  EXPECT_EQ(slots(forced.draw("gates")), 6);
  EXPECT_EQ(forced.draw("gates").panels.size(), 8U);
}

}  // namespace
}  // namespace gatescope::views
