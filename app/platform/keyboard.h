#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "app/kit/keys.h"

namespace gatescope::platform {

/// A key that went down, as the desktop reports it.
struct Stroke {
  int scancode = 0;  ///< tells the keys apart
  /// What it does without printing: an arrow, F1, a key of the keypad with its lock off; else none.
  ui::Key function = ui::Key::none;
  /// The letter or digit at its place on an American keyboard; none elsewhere.
  ui::Key place = ui::Key::none;
  bool prints = false;   ///< may be followed by a character
  char32_t printed = 0;  ///< what the layout has on it without modifiers; 0 where nothing
  bool latin = true;     ///< the layout has Latin letters
  bool altgr = false;    ///< AltGr is down, which is none of `mods`
  ui::Mods mods = {};
};

/// The key that a character stands for: a Latin letter of either case, a digit of any script, a space, and
/// `?`, `+`, `-`; none for others.
ui::Key key_of_character(char32_t character);

/// Makes one event of what a desktop reports in two pieces, the key and the character it prints. A key acts
/// once, by what it prints; its place counts only where the layout has no Latin letters, and for Ctrl with a
/// digit where the digits need Shift. Shift makes digits what they print; where it prints something of no
/// meaning, it stays a modifier of the digit on the key. With AltGr no letter acts.
class Keyboard {
 public:
  struct Events {
    std::function<void(ui::Key key, bool down, ui::Mods mods)> key = {};
    std::function<void(char32_t character)> character = {};
  };
  explicit Keyboard(Events events) : events_(std::move(events)) {}

  /// Again while it is held.
  void press(const Stroke& stroke);
  void release(int scancode, ui::Mods mods);
  /// What the press before it printed, or an input method without a press.
  void character(char32_t character);
  /// Nothing more belongs to the last press: something else happened, or nothing waits.
  void settle();

 private:
  struct Meaning {
    ui::Key key = ui::Key::none;
    ui::Mods mods = {};
  };
  static Meaning by_character(const Stroke& stroke, char32_t character);
  static Meaning by_key(const Stroke& stroke);
  void act(int scancode, const Meaning& meaning);

  Events events_;
  std::optional<Stroke> last_;  // that may still print
  bool last_released_ = false;
  std::map<int, ui::Key> held_ = {};  // what the keys that are down became, by scancode
};

}  // namespace gatescope::platform
