#include "app/panels/keymap.h"

#include <gtest/gtest.h>

#include <set>

namespace gatescope::ui {
namespace {

TEST(Keymap, NoTwoShortcutsShareAKey) {
  std::set<std::string> seen;
  for (const Shortcut& each : shortcuts()) EXPECT_TRUE(seen.insert(each.written()).second) << each.written();
}

TEST(Keymap, EveryShortcutHasATitleAndAName) {
  for (const Shortcut& each : shortcuts()) {
    EXPECT_FALSE(each.title.empty());
    EXPECT_FALSE(name(each.key).empty()) << each.title;
    EXPECT_FALSE(title(each.menu).empty());
    EXPECT_FALSE(written(each.action, each.number).empty());
  }
}

TEST(Keymap, EveryActionCanBeReached) {
  std::set<Action> actions;
  for (const Shortcut& each : shortcuts()) actions.insert(each.action);
  EXPECT_EQ(actions.size(), static_cast<std::size_t>(Action::quit) + 1);
}

TEST(Keymap, ShortcutsAreWrittenAsMenusShowThem) {
  EXPECT_EQ(written(Action::redo), "Ctrl+Shift+Z");
  EXPECT_EQ(written(Action::open), "Ctrl+O");
  EXPECT_EQ(written(Action::play), "Space");
  EXPECT_EQ(written(Action::choose_view, 3), "3");
  EXPECT_EQ(written(Action::add_view, 9), "Shift+9");
  EXPECT_EQ(written(Action::step_back), "←");
  EXPECT_EQ(written(Action::loss_back), "Ctrl+Shift+←");
  EXPECT_EQ(written(Action::loss_forward), "Ctrl+Shift+→");
  EXPECT_EQ(written(Action::help), "?");
  EXPECT_EQ(written(Action::choose_view, 10), "");
}

TEST(Keymap, BesideTheOthersIsWithCtrlWhereDigitsNeedShift) {
  EXPECT_EQ(written_beside(3, false), "Shift+3");
  EXPECT_EQ(written_beside(3, true), "Ctrl+3");
  for (const Mods mods : {Mods{.shift = true}, Mods{.ctrl = true}}) {
    const Shortcut* found = find_shortcut({Key::digit_3, mods}, false);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->action, Action::add_view);
    EXPECT_EQ(found->number, 3);
  }
}

TEST(Keymap, EveryShortcutIsFoundByItsOwnPress) {
  for (const Shortcut& each : shortcuts()) {
    const Shortcut* found = find_shortcut({each.key, each.mods}, false);
    ASSERT_NE(found, nullptr) << each.title;
    EXPECT_EQ(found->title, each.title);
    EXPECT_EQ(find_shortcut({each.key, each.mods, true}, false) != nullptr, each.repeats) << each.title;
  }
}

TEST(Keymap, WhileTextIsTypedOnlyShortcutsThatNoTextNeedsAct) {
  EXPECT_EQ(find_shortcut({Key::space}, true), nullptr);
  EXPECT_EQ(find_shortcut({Key::left}, true), nullptr);
  EXPECT_EQ(find_shortcut({Key::escape}, true), nullptr);
  EXPECT_EQ(find_shortcut({Key::question}, true), nullptr);
  EXPECT_EQ(find_shortcut({Key::digit_1, {.shift = true}}, true), nullptr);
  EXPECT_EQ(find_shortcut({Key::z, {.ctrl = true}}, true), nullptr) << "the field's own undo";
  for (const Key key : {Key::left, Key::right})
    EXPECT_EQ(find_shortcut({key, {.ctrl = true, .shift = true}}, true), nullptr) << "the field's own words";
  ASSERT_NE(find_shortcut({Key::s, {.ctrl = true}}, true), nullptr);
  EXPECT_EQ(find_shortcut({Key::s, {.ctrl = true}}, true)->action, Action::save);
  ASSERT_NE(find_shortcut({Key::f1}, true), nullptr);
  ASSERT_NE(find_shortcut({Key::f11}, true), nullptr);
}

TEST(Keymap, OtherModifiersAreOtherShortcuts) {
  EXPECT_EQ(find_shortcut({Key::t, {.ctrl = true}}, false), nullptr);
  EXPECT_EQ(find_shortcut({Key::t, {.alt = true}}, false), nullptr);
  EXPECT_EQ(find_shortcut({Key::x}, false), nullptr);
}

}  // namespace
}  // namespace gatescope::ui
