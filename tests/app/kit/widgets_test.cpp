#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>

#include "tests/app/kit/demo.h"
#include "tests/app/kit/driver.h"

namespace gatescope::test {
namespace {

using plot::ThemeName;
using testing::HasSubstr;
using ui::Key;

struct Widgets : testing::Test {
  Driver driver{{1280, 960, ThemeName::dark, 1}};
  Demo demo;

  void SetUp() override {
    driver.show_in_window([this] { demo.draw(driver.gui.look()); });
  }
};

TEST_F(Widgets, ButtonIsPressedOnceForEachClick) {
  driver.click("Step");
  driver.click("Reset");
  EXPECT_EQ(demo.pressed, 2);
}

TEST_F(Widgets, PressAndReleaseWithinOneFrameCountAsAClick) {
  const ImVec2 at = driver.item("Step").middle();
  for (int i = 0; i < 3; ++i) {
    driver.gui.mouse_move(at.x + static_cast<float>(i), at.y);
    driver.gui.mouse_button(0, true);
    driver.gui.mouse_button(0, false);
  }
  driver.settle();
  EXPECT_EQ(demo.pressed, 3);
}

TEST_F(Widgets, ClickLandsWhereThePointerWasAtThePress) {
  const ImVec2 step = driver.item("Step").middle(), away = driver.item("##time").middle();
  driver.gui.mouse_move(step.x, step.y);
  driver.gui.mouse_button(0, true);
  driver.gui.mouse_button(0, false);
  driver.gui.mouse_move(away.x, away.y);
  driver.settle();
  EXPECT_EQ(demo.pressed, 1);
  EXPECT_EQ(demo.step, 42);
}

TEST_F(Widgets, ButtonReleasedElsewhereIsNotPressed) {
  driver.drag("Step", 0, 300);
  EXPECT_EQ(demo.pressed, 0);
}

TEST_F(Widgets, DisabledButtonIsNotPressed) {
  EXPECT_FALSE(driver.item("Undo").enabled);
  driver.click("Undo");
  EXPECT_EQ(demo.pressed, 0);
}

TEST_F(Widgets, NumberIsTypedAfterAClick) {
  driver.click("Rate");
  driver.type("0.0125");
  EXPECT_EQ(demo.rate, 0.002) << "nothing is committed yet";
  driver.key(Key::enter);
  EXPECT_EQ(demo.rate, 0.0125);
  EXPECT_EQ(driver.text("Rate"), "0.0125");
}

TEST_F(Widgets, KeysTypedRightAfterAClickReachTheField) {
  const ImVec2 at = driver.item("Seed").middle();
  driver.gui.mouse_move(at.x, at.y);
  driver.gui.mouse_button(0, true);
  driver.gui.mouse_button(0, false);
  for (const char32_t c : std::u32string_view(U"77")) driver.gui.character(c);
  driver.gui.key(Key::enter, true);
  driver.gui.key(Key::enter, false);
  driver.settle();
  EXPECT_EQ(demo.seed, 77);
}

TEST_F(Widgets, EscapeRestoresTheNumber) {
  driver.click("Seed");
  driver.type("99");
  driver.key(Key::escape);
  EXPECT_EQ(demo.seed, 1);
  EXPECT_EQ(driver.text("Seed"), "1");
  EXPECT_FALSE(driver.gui.wants_text());
}

TEST_F(Widgets, NumberIsCommittedWhenTheFieldIsLeft) {
  driver.click("Clip norm");
  driver.type("7.5");
  driver.click("Step");  // drawn before the field
  EXPECT_EQ(demo.clip, 7.5);
  EXPECT_EQ(demo.pressed, 1);
  driver.click("Clip norm");
  driver.type("8.5");
  driver.click("##time");  // drawn behind it
  EXPECT_EQ(demo.clip, 8.5);
}

TEST_F(Widgets, TabGoesToTheNextFieldAndShiftTabBack) {
  driver.click("Rate");
  driver.type("0.5");
  driver.key(Key::tab);
  EXPECT_EQ(demo.rate, 0.5);
  driver.type("3");
  driver.key(Key::tab, {.shift = true});
  EXPECT_EQ(demo.clip, 3);
  driver.type("0.25");
  driver.key(Key::enter);
  EXPECT_EQ(demo.rate, 0.25);
}

TEST_F(Widgets, NumberOutOfRangeIsBroughtIntoItAndTheFieldSaysSo) {
  driver.click("Batch");
  driver.type("100000");
  driver.key(Key::enter);
  EXPECT_EQ(demo.batch, 4096);
  ASSERT_TRUE(driver.has("##notice"));
  EXPECT_THAT(driver.text("##notice"), HasSubstr("1 to 4096"));
  driver.frames(5, 1);
  EXPECT_FALSE(driver.has("##notice"));
}

TEST_F(Widgets, WhatIsNoNumberIsRefusedInWords) {
  for (const char* text : {"many", "1e999", "nan", "", "3,5", "1.5"}) {
    driver.click("Batch");
    driver.key(Key::a, {.ctrl = true});
    driver.key(Key::del);
    driver.type(text);
    driver.key(Key::enter);
    EXPECT_EQ(demo.batch, 32) << text;
    ASSERT_TRUE(driver.has("##notice")) << text;
    EXPECT_THAT(driver.text("##notice"), HasSubstr("is not a whole number"));
  }
}

TEST_F(Widgets, HugeWholeNumberIsClampedNotWrapped) {
  driver.click("Seed");
  driver.type("99999999999999999999");
  driver.key(Key::enter);
  EXPECT_EQ(demo.seed, 1000000);
}

TEST_F(Widgets, UntouchedNumberKeepsItsValueToTheLastBit) {
  demo.rate = 1.0 / 3;
  driver.settle();
  driver.click("Rate");
  driver.key(Key::enter);
  EXPECT_EQ(demo.rate, 1.0 / 3);
}

TEST_F(Widgets, NumberIsDraggedAndCommittedOnRelease) {
  driver.drag("Batch", 60, 0, false);
  EXPECT_EQ(demo.batch, 32);
  EXPECT_NE(driver.text("Batch"), "32");
  driver.release();
  EXPECT_GT(demo.batch, 32);
  const double before = demo.rate;
  driver.drag("Rate", -100, 0);
  EXPECT_LT(demo.rate, before);
  EXPECT_GE(demo.rate, 1e-6);
}

TEST_F(Widgets, EscapeEndsADrag) {
  driver.drag("Batch", 60, 0, false);
  driver.key(Key::escape);
  driver.release();
  EXPECT_EQ(demo.batch, 32);
}

TEST_F(Widgets, TextIsTypedCopiedAndPasted) {
  driver.click("Text");
  driver.type("ünï ∂.txt");
  driver.key(Key::enter);
  EXPECT_EQ(demo.text, "ünï ∂.txt");
  driver.click("Text");
  driver.key(Key::a, {.ctrl = true});
  driver.key(Key::c, {.ctrl = true});
  driver.key(Key::escape);
  driver.click("Preset");
  driver.key(Key::v, {.ctrl = true});
  driver.key(Key::enter);
  EXPECT_EQ(demo.preset, "ünï ∂.txt");
}

TEST_F(Widgets, CharactersOfEveryPlaneAreTypedEditedCopiedAndPasted) {
  const std::string text = "a😀b\U00020000\uE000ꀀ.txt";
  driver.click("Text");
  driver.type(text);
  driver.key(Key::enter);
  EXPECT_EQ(demo.text, text);
  driver.click("Text");
  driver.key(Key::end);
  driver.key(Key::backspace);
  driver.key(Key::enter);
  EXPECT_EQ(demo.text, "a😀b\U00020000\uE000ꀀ.tx") << "one letter is another, and nothing else";
  std::string desktop = "x\t🚀\ry\r\nz";
  driver.gui.set_clipboard([&] { return desktop; }, [&](const std::string& copied) { desktop = copied; });
  driver.click("Preset");
  driver.key(Key::v, {.ctrl = true});
  driver.key(Key::enter);
  EXPECT_EQ(demo.preset, "x 🚀 y z");
  driver.click("Text");
  driver.key(Key::c, {.ctrl = true});
  EXPECT_EQ(desktop, "a😀b\U00020000\uE000ꀀ.tx");
}

TEST_F(Widgets, WhatIsTypedLetterByLetterIsShownAsItIsRead) {
  driver.click("Text");
  driver.type("abc");
  EXPECT_FALSE(driver.has("##as read"));
  driver.type("שלום");
  EXPECT_EQ(driver.text("##as read"), "abcשלום");
  driver.key(Key::enter);
  EXPECT_FALSE(driver.has("##as read"));
  EXPECT_EQ(demo.text, "abcשלום");
}

TEST_F(Widgets, GlyphsAreMadeForWhateverIsShown) {
  driver.click("Text");
  driver.type("\u0378\u0379\U0001FFFF");
  driver.key(Key::enter);
  driver.settle();
  const ImFont& font = *driver.gui.look().regular;
  for (const ImWchar c : {ImWchar{0x0378}, ImWchar{0x0379}})
    EXPECT_NE(font.FindGlyphNoFallback(c), nullptr) << c;
}

TEST_F(Widgets, ClipboardOfTheDesktopIsUsed) {
  std::string desktop = "from outside";
  driver.gui.set_clipboard([&] { return desktop; }, [&](const std::string& text) { desktop = text; });
  driver.click("Preset");
  driver.key(Key::v, {.ctrl = true});
  driver.key(Key::enter);
  EXPECT_EQ(demo.preset, "from outside");
  driver.click("Text");
  driver.key(Key::x, {.ctrl = true});
  EXPECT_EQ(desktop, "tales.txt");
}

TEST_F(Widgets, ChoiceIsMadeFromAList) {
  EXPECT_EQ(driver.text("Optimizer"), "Adam");
  driver.click("Optimizer");
  driver.click("Momentum");
  EXPECT_EQ(demo.optimizer, 2);
  EXPECT_FALSE(driver.has("Momentum##Optimizer"));
  EXPECT_EQ(driver.text("Optimizer"), "Momentum");
}

TEST_F(Widgets, EscapeClosesAListAndIsNobodyElses) {
  driver.click("Optimizer");
  EXPECT_TRUE(driver.gui.popup_open());
  driver.gui.key(Key::escape, true);
  driver.frames();
  EXPECT_TRUE(driver.gui.presses().empty());
  driver.settle();
  EXPECT_FALSE(driver.gui.popup_open());
  EXPECT_EQ(demo.optimizer, 0);
}

TEST_F(Widgets, SegmentsTabsAndSwitchesAreTurned) {
  driver.click("closed##forget");
  EXPECT_EQ(demo.forget, 0);
  driver.click("open##input");
  EXPECT_EQ(demo.input, 2);
  driver.click("3 Cell");
  EXPECT_EQ(demo.view, 2);
  driver.click("Matched parameters");
  EXPECT_FALSE(demo.matched);
  EXPECT_EQ(driver.text("Matched parameters"), "off");
  driver.click("Bidirectional");
  EXPECT_TRUE(demo.bidirectional);
}

TEST_F(Widgets, SliderFollowsThePointerToBothEnds) {
  const auto track = driver.item("##bias");
  driver.drag("##bias", 1000, 0);
  EXPECT_EQ(demo.bias, 1);
  driver.drag("##bias", -1000, 0);
  EXPECT_EQ(demo.bias, 0);
  driver.click_at((track.low.x + track.high.x) / 2, track.middle().y);
  EXPECT_NEAR(demo.bias, 0.5f, 0.01f);
}

TEST_F(Widgets, SplitterMovesItsPanelWithinBounds) {
  driver.drag("##left", 50, 0);
  EXPECT_NEAR(demo.left, 322, 0.5f);
  driver.drag("##left", -1000, 0);
  EXPECT_EQ(demo.left, 180);
  driver.drag("##left", 2000, 0);
  EXPECT_EQ(demo.left, 480);
}

TEST_F(Widgets, TooltipComesWhenThePointerRests) {
  driver.hover("Step", 0.1);
  EXPECT_FALSE(driver.has("##tooltip"));
  EXPECT_LT(driver.gui.next_frame_in(), 0.6) << "so that it comes though nothing moves";
  driver.hover("Step", 1);
  ASSERT_TRUE(driver.has("##tooltip"));
  EXPECT_THAT(driver.text("##tooltip"), HasSubstr("Train one update"));
  driver.hover("Rate", 1);
  EXPECT_THAT(driver.text("##tooltip"), HasSubstr("Learning rate η"));
}

TEST_F(Widgets, NothingIsWantedWhileNothingHappens) {
  EXPECT_EQ(driver.gui.next_frame_in(), std::numeric_limits<double>::infinity());
  EXPECT_FALSE(driver.gui.wants_text());
  driver.click("Seed");
  EXPECT_TRUE(driver.gui.wants_text());
  EXPECT_LE(driver.gui.next_frame_in(), 0.5) << "the caret blinks";
}

TEST_F(Widgets, WheelScrollsWhatDoesNotFit) {
  driver.resize(1280, 420);
  EXPECT_FALSE(driver.has("open##input"));
  driver.hover("Seed", 0.1);
  driver.wheel(-30);
  EXPECT_TRUE(driver.has("open##input"));
}

TEST_F(Widgets, FieldThatIsNoLongerDrawnGivesTheKeyboardBack) {
  driver.click("Seed");
  driver.show([] {});
  EXPECT_FALSE(driver.gui.wants_text());
}

TEST_F(Widgets, LosingTheWindowsFocusReleasesAllKeys) {
  driver.gui.key(Key::space, true);
  driver.frames();
  EXPECT_EQ(driver.gui.presses().size(), 1u);
  driver.gui.focus(false);
  driver.gui.focus(true);
  driver.frames(2);
  driver.gui.key(Key::space, true);
  driver.frames();
  ASSERT_EQ(driver.gui.presses().size(), 1u);
  EXPECT_FALSE(driver.gui.presses()[0].repeat);
}

TEST_F(Widgets, FrameThatThrowsIsDroppedAndTheNextOneIsWhole) {
  bool fails = false;
  driver.show_in_window([&] {
    ImGui::BeginChild("panel");
    ImGui::PushFont(driver.gui.look().mono);
    ui::begin_card(driver.gui.look(), "card", "Card");
    ui::button(driver.gui.look(), "Press");
    if (fails) throw std::runtime_error("in the middle");
    ui::end_card(driver.gui.look());
    ImGui::PopFont();
    ImGui::EndChild();
  });
  for (int i = 0; i < 3; ++i) {
    fails = true;
    EXPECT_THROW(driver.frames(), std::runtime_error);
    fails = false;
    driver.frames(2);
    EXPECT_TRUE(driver.has("Press"));
  }
}

TEST_F(Widgets, PageOfAllControlsIsBuiltWithinTheFrameBudget) {
  driver.gui.record_items(false);
  constexpr int frames = 400;
  const auto start = std::chrono::steady_clock::now();
  driver.frames(frames);
  const auto each =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start) / frames;
  RecordProperty("milliseconds", std::to_string(each.count()));
  EXPECT_LT(each.count(), 2) << "0.06 ms on an idle machine";
}

TEST(WidgetLayout, NothingIsCutOffInAnyThemeOrScale) {
  for (const auto theme : {ThemeName::dark, ThemeName::light, ThemeName::projector})
    for (const float scale : {1.0f, 1.5f, 2.0f}) {
      const float all = scale * plot::make_theme(theme).type;
      Driver driver({static_cast<int>(1280 * all), static_cast<int>(960 * all), theme, scale});
      Demo demo;
      driver.show_in_window([&] { demo.draw(driver.gui.look()); });
      const auto stage = driver.item("Rate");
      EXPECT_NEAR((stage.high.x - stage.low.x) / all, 92, 1);
      for (const auto& item : driver.gui.items().items) {
        EXPECT_TRUE(item.seen) << item.label;
        EXPECT_LE(item.high.x, static_cast<float>(driver.width())) << item.label;
      }
      driver.click("closed##forget");
      EXPECT_EQ(demo.forget, 0);
    }
}

TEST(Fitted, TextIsCutAtWholeCharactersAndFits) {
  Driver driver;
  std::vector<std::string> cut;
  driver.show_in_window([&] {
    cut.clear();
    for (const float width : {0.0f, 10.0f, 40.0f, 80.0f, 1000.0f}) {
      cut.push_back(ui::fitted("∂∂∂∂ größere Übung", width));
      if (width >= 20) {
        EXPECT_LE(ImGui::CalcTextSize(cut.back().c_str()).x, width);
      }
    }
  });
  EXPECT_EQ(cut.front(), "…");
  EXPECT_EQ(cut.back(), "∂∂∂∂ größere Übung");
  EXPECT_TRUE(cut[2].ends_with("…"));
}

TEST(Sparkline, EmptyShortAndNonFiniteDataAreDrawn) {
  Driver driver;
  const float nan = std::nanf("");
  const std::array<std::vector<float>, 6> cases{
      {{}, {1}, {nan, nan}, {1, nan, 2, INFINITY, 3}, {5, 5, 5}, std::vector<float>(100000, 0.5f)}};
  driver.show_in_window([&] {
    for (const auto& values : cases)
      ui::sparkline(driver.gui.look(), values, {100, 30}, driver.gui.look().accent, 3);
  });
  SUCCEED();
}

}  // namespace
}  // namespace gatescope::test
