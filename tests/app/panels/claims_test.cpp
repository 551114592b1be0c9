// The dialog of claims under a person's hands.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using testing::HasSubstr, testing::IsEmpty;
using ui::Key;

struct TheClaims : testing::Test {
  WindowDriver w{{1280, 800, plot::ThemeName::light, 1}};

  void open() {
    w.open_tiny();
    w.menu("Presets", "Claims of the field …");
    w.settle();
  }
  void measure() {
    w.click("Measure it");
    for (int k = 0; k < 4000 && w.bench().claims().measuring(); ++k) w.frames(1);
    w.frames(2);
  }
};

TEST_F(TheClaims, AreReadChosenAndMeasured) {
  open();
  w.bench().act(ui::ChooseClaim{"parameters"});
  w.frames(3);
  EXPECT_EQ(w.text("claim parameters"), "chosen");
  EXPECT_THAT(w.text("condition 0"), HasSubstr("Asked: above 2.9 and below 3.1 in 1 of 1."));
  measure();
  EXPECT_THAT(w.text("condition 0"), HasSubstr("1 of 1 seeds so far"));
  EXPECT_THAT(w.text("condition 1"), HasSubstr("Measured: 3.9"));
  w.key(Key::escape);
  EXPECT_FALSE(w.gui.popup_open());
  w.menu("Presets", "Claims of the field …");
  w.settle();
  w.bench().act(ui::ChooseClaim{"temporal_order"});
  w.frames(3);
  EXPECT_EQ(w.text("claim temporal_order"), "chosen");
  EXPECT_EQ(w.text("claim parameters"), "holds here") << "it stays measured";
  w.click("Close##claims");
  EXPECT_FALSE(w.gui.popup_open());
}

TEST_F(TheClaims, AreStoppedAndWatched) {
  open();
  w.bench().act(ui::ChooseClaim{"latch"});
  w.frames(3);
  w.click("Measure it");
  ASSERT_TRUE(w.has("Stop##claim"));
  w.click("Stop##claim");
  EXPECT_FALSE(w.bench().claims().measuring());
  w.click("Watch one of them##claim");
  w.settle();
  EXPECT_FALSE(w.gui.popup_open());
  EXPECT_EQ(w.document().experiment.title, w.bench().claims().find("latch")->title);
  EXPECT_EQ(w.document().experiment.seed, 1u);
  EXPECT_THAT(w.messages(), IsEmpty());
}

TEST_F(TheClaims, EveryOneHasItsSentencesInFull) {
  open();
  for (const auto [width, height] : {std::pair{1280, 800}, {1024, 700}, {2560, 1440}}) {
    w.resize(width, height);
    w.frames(3);
    for (const claim::Card& card : w.bench().claims().cards()) {
      w.bench().act(ui::ChooseClaim{card.name});
      w.frames(2);
      for (const ui::ItemLog::Text& text : w.gui.items().texts)
        if (text.text.ends_with("…") && width >= 1280)
          ADD_FAILURE() << card.name << " at " << width << ": " << text.text;
      EXPECT_TRUE(w.has("condition 0")) << card.name;
    }
  }
}

}  // namespace
}  // namespace gatescope::test
