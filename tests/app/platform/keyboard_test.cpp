#include "app/platform/keyboard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/panels/keymap.h"
#include "core/utf8.h"

namespace gatescope::platform {
namespace {

using ui::Key;

constexpr ui::Mods kCtrl{.ctrl = true}, kShift{.shift = true};

/// A keyboard, and what became of the keys that were pressed on it: "+T" down, "-T" up, "'t'" a character.
class Typist {
 public:
  /// A key whose layout has `printed` on it, at the place of `place` on an American keyboard.
  struct OneKey {
    char32_t printed = 0;
    Key place = Key::none;
    bool latin = true;
    bool altgr = false;
    Key function = Key::none;
  };

  std::string press(const OneKey& key, ui::Mods mods = {}, char32_t character = 0) {
    said_.clear();
    keyboard_.press(stroke(key, mods));
    if (character != 0) keyboard_.character(character);
    keyboard_.settle();
    keyboard_.release(scancode_, mods);
    return said_;
  }
  std::string late(char32_t character) {
    said_.clear();
    keyboard_.character(character);
    return said_;
  }
  Stroke stroke(const OneKey& key, ui::Mods mods) {
    return {.scancode = ++scancode_,
            .function = key.function,
            .place = key.place,
            .prints = key.function == Key::none || key.function > Key::escape,
            .printed = key.printed,
            .latin = key.latin,
            .altgr = key.altgr,
            .mods = mods};
  }
  Keyboard& keyboard() { return keyboard_; }
  std::string& said() { return said_; }
  int scancode() const { return scancode_; }

 private:
  std::string said_;
  int scancode_ = 0;
  Keyboard keyboard_{{.key =
                          [this](Key key, bool down, ui::Mods mods) {
                            said_.append(down ? "+" : "-").append(ui::written(key, mods)).append(" ");
                          },
                      .character =
                          [this](char32_t character) {
                            said_.append("'").append(encode_utf8(std::u32string(1, character))).append("' ");
                          }}};
};

TEST(Keyboard, ALetterActsByWhatItPrintsAndOnce) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U't', .place = Key::t}, {}, U't'), "+T 't' -T ");
  EXPECT_EQ(typist.press({.printed = U't', .place = Key::t}, kShift, U'T'), "+Shift+T 'T' -Shift+T ");
  EXPECT_EQ(typist.press({.printed = U't', .place = Key::t}, {}, U'T'), "+T 'T' -T ") << "Caps Lock";
}

TEST(Keyboard, OnDvorakTheAmericanQIsNone) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'\'', .place = Key::q}, kCtrl), "");
  EXPECT_EQ(typist.press({.printed = U'q', .place = Key::x}, kCtrl), "+Ctrl+Q -Ctrl+Q ");
  EXPECT_EQ(typist.press({.printed = U'.', .place = Key::e}, {}, U'.'), "'.' ");
}

TEST(Keyboard, OnAzertyASignIsNoDigitAndADigitNeedsShift) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'-', .place = Key::digit_6}, {}, U'-'), "+− '-' -− ");
  EXPECT_EQ(typist.press({.printed = U'-', .place = Key::digit_6}, kShift, U'6'), "+6 '6' -Shift+6 ");
  EXPECT_EQ(typist.press({.printed = U'"', .place = Key::digit_3}, {}, U'"'), "'\"' ");
  EXPECT_EQ(typist.press({.printed = U'"', .place = Key::digit_3}, kCtrl), "+Ctrl+3 -Ctrl+3 ");
  EXPECT_EQ(typist.press({.printed = U'-', .place = Key::digit_6}, {.ctrl = true, .shift = true}),
            "+Ctrl+6 -Ctrl+Shift+6 ");
  EXPECT_EQ(typist.press({.printed = U'w', .place = Key::z}, kCtrl), "+Ctrl+W -Ctrl+W ");
  EXPECT_EQ(typist.press({.printed = U','}, kShift, U'?'), "+? '?' -Shift+? ");
}

TEST(Keyboard, CtrlWithTheKeyOfPlusNeedsNoShift) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'='}, kCtrl), "+Ctrl++ -Ctrl++ ") << "American";
  EXPECT_EQ(typist.press({.printed = U'='}, {.ctrl = true, .shift = true}), "+Ctrl++ -Ctrl+Shift++ ");
  EXPECT_EQ(typist.press({.printed = U'+'}, kCtrl), "+Ctrl++ -Ctrl++ ") << "German";
  EXPECT_EQ(typist.press({.printed = U'='}, {}, U'='), "'=' ");
}

TEST(Keyboard, ShiftStaysWithADigitThatNeedsNone) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'3', .place = Key::digit_3}, {}, U'3'), "+3 '3' -3 ");
  EXPECT_EQ(typist.press({.printed = U'3', .place = Key::digit_3}, kShift, U'#'), "+Shift+3 '#' -Shift+3 ");
  EXPECT_EQ(typist.press({.printed = U'6', .place = Key::digit_6}, kShift), "+Shift+6 -Shift+6 ") << "dead";
  // A sign that has a meaning of its own has that alone: Shift+1 of the Swiss layout.
  EXPECT_EQ(typist.press({.printed = U'1', .place = Key::digit_1}, kShift, U'+'), "++ '+' -Shift++ ");
}

TEST(Keyboard, WithAltGrNothingActsButDigitsAndSigns) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'e', .place = Key::e, .altgr = true}, {}, U'€'), "'€' ");
  EXPECT_EQ(typist.press({.printed = U'b', .place = Key::b, .altgr = true}, {}, U'b'), "'b' ");
  EXPECT_EQ(typist.press({.printed = U'e', .place = Key::e, .altgr = true}), "") << "a dead key";
  EXPECT_EQ(typist.press({.printed = U'q', .place = Key::q, .altgr = true}, kCtrl), "");
  EXPECT_EQ(typist.press({.printed = U'ă', .place = Key::digit_1, .altgr = true}, {}, U'1'), "+1 '1' -1 ")
      << "Vietnamese";
}

TEST(Keyboard, WithoutLatinLettersThePlaceCounts) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'я', .place = Key::z, .latin = false}, kCtrl), "+Ctrl+Z -Ctrl+Z ");
  EXPECT_EQ(typist.press({.printed = U'е', .place = Key::t, .latin = false}, {}, U'е'), "+T 'е' -T ");
  EXPECT_EQ(typist.press({.printed = U'/', .place = Key::q, .latin = false}, kCtrl), "+Ctrl+Q -Ctrl+Q ")
      << "Hebrew";
  EXPECT_EQ(typist.press({.printed = U'3', .place = Key::digit_3, .latin = false}, kShift, U'№'),
            "+Shift+3 '№' -Shift+3 ");
  EXPECT_EQ(typist.press({.printed = U'.', .latin = false}, kShift, U','), "',' ");
}

TEST(Keyboard, AnAccentedLetterIsAnother) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'e', .place = Key::e}, {}, U'é'), "'é' ") << "after a dead key";
  EXPECT_EQ(typist.press({.printed = U'ě', .place = Key::digit_2}, {}, U'ě'), "'ě' ");
}

TEST(Keyboard, TheKeypadIsWhatItPrintsOrElseMoves) {
  Typist typist;
  const Typist::OneKey locked{.function = Key::digit_1}, open{.function = Key::end};
  EXPECT_EQ(typist.press(locked, {}), "+1 -1 ");
  Stroke stroke = typist.stroke(open, {});
  stroke.prints = true;
  typist.said().clear();
  typist.keyboard().press(stroke);
  typist.keyboard().settle();
  EXPECT_EQ(typist.said(), "+End ");
  EXPECT_EQ(typist.press({}, {}, U'+'), "++ '+' -+ ");
}

TEST(Keyboard, DigitsOfOtherScriptsAreDigits) {
  EXPECT_EQ(key_of_character(U'۳'), Key::digit_3);
  EXPECT_EQ(key_of_character(U'٩'), Key::digit_9);
  EXPECT_EQ(key_of_character(U'१'), Key::digit_1);
  EXPECT_EQ(key_of_character(U'๕'), Key::digit_5);
  EXPECT_EQ(key_of_character(U'²'), Key::none);
  EXPECT_EQ(key_of_character(U'ß'), Key::none);
}

TEST(Keyboard, AnInputMethodMayBringTheCharacterLate) {
  Typist typist;
  EXPECT_EQ(typist.press({.printed = U'/'}, kShift), "");
  EXPECT_EQ(typist.late(U'?'), "+? -? '?' ");
  EXPECT_EQ(typist.press({.printed = U't', .place = Key::t}), "+T -T ");
  EXPECT_EQ(typist.late(U't'), "'t' ") << "the key has acted";
}

TEST(Keyboard, AHeldKeyRepeatsAndIsReleasedAsWhatItWas) {
  Typist typist;
  const Stroke down = typist.stroke({.printed = U'=', .place = Key::none}, kShift);
  for (int k = 0; k < 2; ++k) {
    typist.keyboard().press(down);
    typist.keyboard().character(U'+');
  }
  // Shift is let go before the key, which then repeats as another.
  Stroke bare = down;
  bare.mods = {};
  typist.keyboard().press(bare);
  typist.keyboard().character(U'=');
  typist.keyboard().release(down.scancode, {});
  EXPECT_EQ(typist.said(), "++ '+' ++ '+' -+ '=' ");
}

}  // namespace
}  // namespace gatescope::platform
