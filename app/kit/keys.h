#pragma once

namespace gatescope::ui {

// clang-format off
/// The keys the window knows, by what they print in the user's layout: a digit may be one of the upper row or
/// of the keypad, with Shift or without.
enum class Key {
  none,
  a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z,
  digit_0, digit_1, digit_2, digit_3, digit_4, digit_5, digit_6, digit_7, digit_8, digit_9,
  f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12,
  left, right, up, down, home, end, page_up, page_down,
  escape, enter, tab, backspace, insert, del, space,
  question, plus, minus,
  count
};
// clang-format on

/// The modifiers that are down; Ctrl is the Command key on a Mac.
struct Mods {
  bool ctrl = false, shift = false, alt = false;
  friend bool operator==(const Mods&, const Mods&) = default;
};

struct KeyPress {
  Key key = Key::none;
  Mods mods = {};
  bool repeat = false;  ///< the key is held
};

}  // namespace gatescope::ui
