// Every view of the stage is linked to the others by the real pointer: what it is over is marked everywhere,
// the wheel zooms all of them, cursors show on every colour.

#include <gtest/gtest.h>

#include <cmath>

#include "app/desk/zoom.h"
#include "core/plot/link.h"
#include "core/views/view.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

class LinkedStage : public testing::Test {
 protected:
  LinkedStage() {
    w.open_tiny();
    w.bench().act(ui::AddRule{nn::parse_force_rule("i@2-3=0.5")});  // something for the effect to show
    w.bench().act(ui::ChooseUnit{3});
    w.settle();
  }

  void show(const std::string& view) {
    w.bench().act(ui::ShowViews{{view}});
    w.settle();
  }

  /// The middle of the first mark that step and unit have in the view's figure, in pixels.
  ImVec2 marked(const std::string& view, const plot::Pointed& at) {
    const auto built = w.bench().figures().get(view);
    const ImVec2 low = w.item("view " + view).low;
    for (const plot::Placement& placed : built->scene.placements) {
      const plot::Panel& panel = built->figure->panels[placed.panel];
      for (const plot::CursorMark& mark : plot::cursor_marks(panel, placed, at))
        return {low.x + mark.rect.x + mark.rect.width / 2, low.y + mark.rect.y + mark.rect.height / 2};
    }
    ADD_FAILURE() << view << " marks nothing";
    return low;
  }

  WindowDriver w;
};

TEST_F(LinkedStage, EveryViewWithStepsOrUnitsMarksAndChoosesThem) {
  for (const views::View* view : views::tabs()) {
    const std::string id(view->id);
    if (id == "training" || id == "cell") continue;
    show(id);
    const ImVec2 at = marked(id, {9, 3});
    w.bench().act(ui::ChooseStep{4});
    w.settle();
    w.move(at.x, at.y);
    w.frames(2);
    EXPECT_TRUE(w.bench().hovered_step || w.bench().hovered_unit) << id;
    if (id == "saturation") w.bench().act(ui::ChooseUnit{5});
    w.frames(1);
    w.click_at(at.x, at.y);
    if (id == "saturation") {
      EXPECT_NE(w.view().unit, 5) << "a press chooses the unit of the point";
    } else {
      EXPECT_EQ(w.view().step, 9) << id << ": a press chooses the step";
    }
    w.bench().act(ui::ChooseUnit{3});
    w.settle();
  }
}

TEST_F(LinkedStage, RowsThatAreSortedArePointedAtByTheirUnits) {
  w.bench().act(ui::SortUnits{"f"});
  show("gates");
  for (const int unit : {0, 2, 7}) {
    const auto built = w.bench().figures().get("gates");
    const auto& placed = built->scene.placements.front();
    const auto& panel = built->figure->panels.front();
    ASSERT_FALSE(panel.y.numbers.empty());
    for (const auto& mark : plot::cursor_marks(panel, placed, {{}, unit})) {
      const ImVec2 low = w.item("view gates").low;
      w.move(low.x + mark.rect.x + 20, low.y + mark.rect.y + mark.rect.height / 2);
      w.frames(2);
      EXPECT_EQ(w.bench().hovered_unit, unit);
    }
  }
}

TEST_F(LinkedStage, TheWheelZoomsAllViewsAndTheProbeAndADoubleClickShowsAll) {
  w.bench().act(ui::ShowViews{{"gates", "states", "effect"}});
  w.settle();
  ASSERT_FALSE(w.view().steps);
  const ImVec2 at = w.place("gates", 10, 2);
  w.move(at.x, at.y);
  for (int k = 0; k < 3; ++k) w.wheel(1);
  w.settle();
  ASSERT_TRUE(w.view().steps);
  const plot::Steps steps = *w.view().steps;
  EXPECT_LE(steps.first, 10);
  EXPECT_GE(steps.last, 10);
  for (const char* id : {"gates", "states"}) {
    const auto built = w.bench().figures().get(id);
    for (const plot::Placement& placed : built->scene.placements) {
      EXPECT_EQ(placed.x.low, steps.first - 0.5) << id;
      EXPECT_EQ(placed.x.high, steps.last + 0.5) << id;
    }
  }
  w.wheel(0, 2);
  w.settle();
  EXPECT_NE(w.view().steps, steps) << "sideways it pans";
  EXPECT_EQ(w.view().steps->last - w.view().steps->first, steps.last - steps.first);
  w.key(ui::Key::z);
  EXPECT_FALSE(w.view().steps) << "a key shows all of them";
  w.wheel(3);
  w.settle();
  ASSERT_TRUE(w.view().steps);
  w.gui.mouse_move(at.x, at.y);
  for (const bool down : {true, false, true, false}) w.gui.mouse_button(0, down);
  w.settle();
  EXPECT_FALSE(w.view().steps) << "so does a double click";
}

TEST_F(LinkedStage, ZoomedStepsFollowTheReplay) {
  w.bench().act(ui::ShowSteps{0, 9});
  w.settle();
  w.bench().act(ui::ChooseStep{0});
  w.bench().replay().play(1);
  for (int k = 0; k < 200 && w.view().step < 15; ++k) w.frames(1, 1.0 / 16);
  ASSERT_GE(w.view().step, 15);
  EXPECT_GE(w.view().step, w.view().steps->first);
  EXPECT_LE(w.view().step, w.view().steps->last);
  w.bench().replay().play(0);
}

/// The cursor's column is darker and brighter than any lane that it stands on.
TEST(ACursor, ShowsOnAClosedAndOnAnOpenGateInEveryTheme) {
  for (const plot::ThemeName theme :
       {plot::ThemeName::light, plot::ThemeName::dark, plot::ThemeName::projector})
    for (const char* rule : {"f=0", "f=1"}) {
      WindowDriver w({1500, 1000, theme, 1});
      w.open_tiny();
      w.bench().act(ui::SetTheme{theme});
      w.bench().act(ui::AddRule{nn::parse_force_rule(rule)});
      w.bench().act(ui::ShowViews{{"gates"}});
      w.bench().act(ui::ChooseStep{10});
      w.settle();
      w.move(2, 2);
      w.frames(2);
      const ImVec2 at = w.place("gates", 10, 5);
      const plot::Raster picture = w.picture();
      const auto pixel = [&](int x) {
        const auto* p =
            &picture.rgba[(static_cast<std::size_t>(at.y) * static_cast<std::size_t>(picture.width) +
                           static_cast<std::size_t>(x)) *
                          4];
        return plot::Color{p[0] / 255.0F, p[1] / 255.0F, p[2] / 255.0F, 1};
      };
      const int middle = static_cast<int>(std::round(at.x));
      const plot::Color lane = pixel(middle - 12);
      double most = 0;
      for (int x = middle - 3; x <= middle + 3; ++x) most = std::max(most, plot::contrast(pixel(x), lane));
      EXPECT_GT(most, 3) << plot::to_string(theme) << " " << rule;
    }
}

}  // namespace
}  // namespace gatescope::test
