// The window without a mouse: Tab reaches every control, a ring shows where the keyboard is, and keys do what
// a press does.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using ui::Key;

struct ByKeyboard : testing::Test {
  WindowDriver w;

  void SetUp() override { w.open_tiny(); }
  std::vector<std::string> rules() { return nn::to_strings(w.document().probe.rules); }

  /// The label of the control with the ring; empty where none has one.
  std::string focused() {
    const auto& items = w.gui.items().items;
    const auto* ring = w.gui.items().find("##focus");
    if (!ring) return {};
    std::string name;
    for (const auto& item : items) {
      if (item.label == "##focus") continue;
      const bool inside = item.low.x >= ring->low.x - 1 && item.high.x <= ring->high.x + 1 &&
                          item.low.y >= ring->low.y - 1 && item.high.y <= ring->high.y + 1;
      if (inside && item.high.x > item.low.x) name = item.label;
    }
    return name.empty() ? "?" : name;
  }
  bool tab_to(std::string_view part) {
    for (int k = 0; k < 150; ++k) {
      w.key(Key::tab);
      if (w.gui.wants_text()) w.key(Key::escape);  // a field takes the keyboard at once
      if (focused().find(part) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(ByKeyboard, TabReachesEveryControlAndComesRound) {
  std::set<std::string> reached;
  int stops = 0;
  for (; stops < 150; ++stops) {
    w.key(Key::tab);
    if (w.gui.wants_text()) w.key(Key::escape);
    ASSERT_NE(w.gui.items().find("##focus"), nullptr) << "after stop " << stops;
    const std::string name = focused();
    if (stops > 3 && name == "File##menu") break;
    reached.insert(name);
  }
  EXPECT_GT(stops, 40);
  for (const char* label : {"File##menu", "Help##menu", "###train",    "Step",
                            "Reset",      "Task",       "Units",       "Layers",
                            "Rate",       "Batch",      "Only units",  "##new rule",
                            "##play",     "##loop",     "##time",      "##training time",
                            "##speed",    "view gates", "Edit##probe", "##left handle"}) {
    const bool found = std::ranges::any_of(
        reached, [&](const std::string& each) { return each.find(label) != std::string::npos; });
    EXPECT_TRUE(found) << label << " is not reached";
  }
  w.key(Key::tab, {.shift = true});
  EXPECT_NE(focused(), "File##menu") << "Shift+Tab goes back";
}

TEST_F(ByKeyboard, EnterAndSpacePressAndEscapeTakesTheRingAway) {
  const auto updates = w.now().updates;
  ASSERT_TRUE(tab_to("Step"));
  w.key(Key::enter);
  EXPECT_EQ(w.now().updates, updates + 1);
  w.key(Key::space);
  EXPECT_EQ(w.now().updates, updates + 2);
  EXPECT_FALSE(w.bench().replay().playing()) << "Space was for the control";
  w.key(Key::escape);
  EXPECT_EQ(focused(), "");
  w.key(Key::space);
  EXPECT_TRUE(w.bench().replay().playing()) << "now it is the replay's";
  w.key(Key::space);
}

TEST_F(ByKeyboard, GatesAreForcedWithArrowKeys) {
  ASSERT_TRUE(tab_to("##Forget"));
  const int step = w.document().view.step;
  w.key(Key::left);
  EXPECT_EQ(rules(), std::vector<std::string>{"f=0"});
  w.key(Key::right);
  EXPECT_TRUE(rules().empty());
  w.key(Key::right);
  EXPECT_EQ(rules(), std::vector<std::string>{"f=1"});
  EXPECT_EQ(w.document().view.step, step) << "the arrow keys were for the control";
  ASSERT_TRUE(tab_to("##slide f"));
  w.key(Key::left);
  ASSERT_EQ(rules().size(), 1u);
  EXPECT_EQ(rules()[0], "f=0.95");
}

TEST_F(ByKeyboard, ArrowKeysMoveAlongTheTrainingTime) {
  w.train_until(40);
  ASSERT_TRUE(tab_to("##training time"));
  const int step = w.document().view.step;
  w.key(Key::left);
  w.settle();
  EXPECT_EQ(w.now().shown_update, 39u);
  w.key(Key::left);
  w.settle();
  EXPECT_EQ(w.now().shown_update, 38u);
  EXPECT_EQ(w.text("##training time"), "38");
  w.key(Key::right);
  w.settle();
  w.key(Key::right);
  w.settle();
  EXPECT_FALSE(w.now().shown_update);
  w.key(Key::right);
  w.settle();
  EXPECT_FALSE(w.now().shown_update) << "there is none after the present";
  EXPECT_EQ(w.document().view.step, step) << "the arrow keys were for the line";
  EXPECT_EQ(focused(), "##training time");
}

TEST_F(ByKeyboard, APressOfThePointerTakesTheRingAway) {
  w.key(Key::tab);
  EXPECT_NE(focused(), "");
  w.click("Step");
  EXPECT_EQ(focused(), "");
}

TEST_F(ByKeyboard, AltAndALetterDropsAMenuDown) {
  w.key(Key::v, {.alt = true});
  EXPECT_EQ(w.document().window.menu, "View");
  EXPECT_FALSE(w.document().view.presenter);
  w.key(Key::escape);
  EXPECT_EQ(w.document().window.menu, "");
  w.key(Key::f10);
  EXPECT_EQ(w.document().window.menu, "File");
  w.key(Key::escape);
}

TEST_F(ByKeyboard, InADialogTabStaysInItAndEscapeLeavesIt) {
  w.key(Key::e);
  ASSERT_EQ(w.document().window.dialog, ui::Dialog::export_figure);
  for (int k = 0; k < 30; ++k) {
    w.key(Key::tab);
    if (w.gui.wants_text()) w.key(Key::escape);
    EXPECT_NE(focused(), "Step");
    EXPECT_NE(focused(), "File##menu");
  }
  w.key(Key::escape);
  EXPECT_EQ(w.document().window.dialog, ui::Dialog::none);
  for (const ui::Dialog dialog : {ui::Dialog::help, ui::Dialog::export_figure, ui::Dialog::open_file,
                                  ui::Dialog::open_text, ui::Dialog::save_session}) {
    w.bench().act(ui::OpenDialog{dialog});
    w.settle();
    if (w.gui.wants_text()) w.key(Key::escape);
    w.key(Key::escape);
    EXPECT_EQ(w.document().window.dialog, ui::Dialog::none) << static_cast<int>(dialog);
  }
}

TEST_F(ByKeyboard, TextBecomesLargerAndSmaller) {
  const float usual = w.gui.look().scale;
  w.key(Key::plus, {.ctrl = true});
  EXPECT_FLOAT_EQ(w.gui.look().scale, usual * 1.1f);
  w.key(Key::plus, {.ctrl = true});
  EXPECT_EQ(w.document().view.text_size, 1.25);
  w.key(Key::minus, {.ctrl = true});
  EXPECT_EQ(w.document().view.text_size, 1.1);
  w.bench().act(ui::SetTheme{plot::ThemeName::light});
  w.settle();
  EXPECT_FLOAT_EQ(w.gui.look().scale, usual * 1.1f) << "whatever the theme";
  const auto built = w.bench().figures().get("gates");
  ASSERT_TRUE(built);
  EXPECT_FLOAT_EQ(built->order.style.font_size.value_or(0), 1.1f * 13);
  w.key(Key::digit_0, {.ctrl = true});
  EXPECT_EQ(w.document().view.text_size, 1);
  for (int k = 0; k < 12; ++k) w.key(Key::minus, {.ctrl = true});
  EXPECT_EQ(w.document().view.text_size, ui::kTextSizes.front());
}

}  // namespace
}  // namespace gatescope::test
