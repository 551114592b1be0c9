#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/kit/keys.h"

namespace gatescope::ui {

/// Everything the keyboard can do. What has a number (a view) has it in Shortcut::number.
enum class Action {
  play,
  play_backward,
  step_back,
  step_forward,
  loss_back,
  loss_forward,
  first_step,
  last_step,
  zoom_steps,
  unit_up,
  unit_down,
  slower,
  faster,
  loop,
  lens,
  lens_back,
  lens_forward,
  mark_back,
  mark_forward,
  mark_bar,
  train,
  update_once,
  reset_training,
  choose_view,
  add_view,
  grid,
  force_panel,
  next_model,
  focus_probe,
  export_figure,
  open,
  save,
  save_as,
  copy_link,
  undo,
  redo,
  cycle_theme,
  presenter,
  larger_text,
  smaller_text,
  usual_text,
  fullscreen,
  menus,
  help,
  close,
  quit
};

/// The menu an action stands in, and the group it stands in on the overlay.
enum class Menu { file, edit, train, view, replay, help };

struct Shortcut {
  Action action;
  int number;  ///< of the view, from 1; else 0
  Menu menu;
  std::string_view title;
  Key key;
  Mods mods = {};
  bool repeats = false;  ///< acts again and again while the key is held

  /// As menus show it: "Ctrl+Shift+Z".
  std::string written() const;
};

/// All of them, in the order menus and the overlay show them; the first of an action is the one menus show.
std::span<const Shortcut> shortcuts();

/// What a press means, null where nothing. While text is typed only function keys and shortcuts with Ctrl
/// act, without those a text field needs itself.
const Shortcut* find_shortcut(const KeyPress& press, bool typing);

/// The first shortcut of an action as menus show it; empty where it has none.
std::string written(Action action, int number = 0);

/// The shortcut that opens a view beside the others: with Shift, unless digits need Shift themselves.
std::string written_beside(int number, bool digits_need_shift);

std::string_view title(Menu menu);
/// The menus in their row.
inline constexpr std::array<std::string_view, 8> kMenuRow{"File",   "Edit",    "Train",   "View",
                                                          "Replay", "Presets", "Lessons", "Help"};
/// The one in the row that Alt with a key drops down: by the first letter of its name.
std::optional<int> menu_of(Key key);
std::string_view name(Key key);
std::string written(Key key, Mods mods);

}  // namespace gatescope::ui
