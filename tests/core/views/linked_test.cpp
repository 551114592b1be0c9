// All views are linked: where one has steps or units, pointing at it gives a step or a unit, and the cursor
// of that step and unit is drawn there.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/plot/layout.h"
#include "core/plot/link.h"
#include "observations.h"

namespace gatescope::views {
namespace {

struct Linked {
  bool steps = false, units = false;
};

/// What each view is linked by. A new view is entered here.
const std::map<std::string, Linked, std::less<>> kLinked{
    {"gates", {true, true}},        {"states", {true, true}},
    {"portrait", {true, true}},     {"text", {true, false}},
    {"gradient", {true, false}},    {"training", {false, false}},
    {"saturation", {false, true}},  {"next", {true, false}},
    {"cell", {false, false}},       {"unrolled", {true, false}},
    {"effect", {true, true}},       {"interventions", {true, false}},
    {"saliency", {true, false}},    {"taught", {true, false}},
    {"triangle", {true, false}},    {"reach", {false, false}},
    {"fan", {true, false}},         {"lyapunov", {false, false}},
    {"attention", {true, false}},   {"survival", {true, false}},
    {"timescales", {false, false}}, {"highway", {true, false}},
    {"gain_map", {false, false}},   {"over_training", {false, false}},
    {"diagnoses", {false, false}},  {"fixed_points", {true, false}},
    {"clock", {true, false}},       {"conventions", {false, false}},
    {"memory", {false, false}},     {"parameters", {false, false}},
    {"alignment", {false, false}},  {"links", {false, false}},  {"lengths", {false, false}},
    {"forecast", {false, false}},   {"forecast_errors", {false, false}},
};

TextExtent measure_letters(std::string_view text, const TextStyle& style) {
  return {0.6F * style.size * static_cast<float>(text.size()), 0.93F * style.size, 0.24F * style.size};
}

class LinkedViews : public testing::TestWithParam<std::string> {
 protected:
  Scene laid_out(const Figure& figure) const {
    return layout(figure, {900, 700}, make_theme(ThemeName::light), measure_letters);
  }
  const Example example{"lstm", {.rules = {"f@3-5=0"}, .characters = 21}};
};

INSTANTIATE_TEST_SUITE_P(Each, LinkedViews, testing::ValuesIn([] {
                           std::vector<std::string> ids;
                           for (const View& view : all_views()) ids.emplace_back(view.id);
                           return ids;
                         }()),
                         [](const auto& test) { return test.param; });

TEST_P(LinkedViews, MarkTheStepAndTheUnitAndGiveThemBackWherePointedAt) {
  const auto expected = kLinked.find(GetParam());
  ASSERT_NE(expected, kLinked.end()) << "say what the view is linked by";
  for (const std::string sort : {"", "time-constant"}) {
    const View& view = find_view(GetParam());
    if (!sort.empty() && !view.takes.sort) continue;
    ViewOptions options{.sort = sort};
    if (view.takes.chosen_unit_alone) options.units = {4};
    const Figure figure = example.draw(GetParam(), options);
    const Scene scene = laid_out(figure);
    const Pointed at{7, 4};
    Linked found;
    for (const Placement& placed : scene.placements) {
      const Panel& panel = figure.panels[placed.panel];
      for (const CursorMark& mark : cursor_marks(panel, placed, at)) {
        const Point middle{mark.rect.x + mark.rect.width / 2, mark.rect.y + mark.rect.height / 2};
        const Pointed pointed = pointed_at(panel, placed, middle, 12);
        switch (mark.kind) {
          case CursorMark::Kind::line:
          case CursorMark::Kind::frame:
            EXPECT_EQ(pointed.step, at.step);
            found.steps = true;
            break;
          case CursorMark::Kind::row:
            EXPECT_EQ(pointed.unit, at.unit);
            found.units = true;
            break;
          case CursorMark::Kind::point:
            EXPECT_TRUE(pointed.step || pointed.unit);
            found.steps |= pointed.step.has_value();
            found.units |= pointed.unit.has_value();
            if (panel.points && panel.points->counts == Counts::units)
              break;  // several may lie on each other
            if (expected->second.units) {
              EXPECT_EQ(pointed.unit, at.unit);
            }
            EXPECT_EQ(pointed.step, at.step);
            break;
        }
      }
    }
    EXPECT_EQ(found.steps, expected->second.steps) << GetParam();
    EXPECT_EQ(found.units, expected->second.units) << GetParam();
  }
}

TEST_P(LinkedViews, AreMarkedAtEveryStepTheyShow) {
  if (!kLinked.at(GetParam()).steps) return;
  const Figure figure = example.draw(GetParam());
  const Scene scene = laid_out(figure);
  for (int step = 0; step < 20; ++step) {
    bool marked = false;
    for (const Placement& placed : scene.placements) {
      const Panel& panel = figure.panels[placed.panel];
      marked |= !cursor_marks(panel, placed, {step, 0}).empty();
    }
    EXPECT_TRUE(marked) << GetParam() << " step " << step;
  }
}

TEST_P(LinkedViews, ShowTheStepsAskedForAlone) {
  if (!kLinked.at(GetParam()).steps || GetParam() == "portrait" || GetParam() == "gradient" ||
      GetParam() == "fan" || GetParam() == "fixed_points")  // steps are lags there, or points
    return;
  const Figure figure = example.draw(GetParam(), {.step = 8, .steps = Steps{5, 12}});
  EXPECT_NE(figure.caption.find("Steps 5 to 12 of 20."), std::string::npos) << figure.caption;
  const Scene scene = laid_out(figure);
  int panels = 0;
  for (const Placement& placed : scene.placements) {
    const Panel& panel = figure.panels[placed.panel];
    if (panel.x.counts != Counts::steps) continue;
    ++panels;
    EXPECT_TRUE(cursor_marks(panel, placed, {4, {}}).empty());
    EXPECT_TRUE(cursor_marks(panel, placed, {13, {}}).empty());
    EXPECT_FALSE(cursor_marks(panel, placed, {5, {}}).empty());
    EXPECT_FALSE(cursor_marks(panel, placed, {12, {}}).empty());
  }
  EXPECT_GT(panels, 0);
}

}  // namespace
}  // namespace gatescope::views
