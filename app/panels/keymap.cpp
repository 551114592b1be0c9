#include "app/panels/keymap.h"

#include <algorithm>
#include <array>

namespace gatescope::ui {
namespace {

constexpr Mods plain{}, ctrl{.ctrl = true}, shift{.shift = true}, ctrl_shift{.ctrl = true, .shift = true};

// clang-format off
constexpr std::array table{
    Shortcut{Action::open, 0, Menu::file, "Open …", Key::o, ctrl},
    Shortcut{Action::save, 0, Menu::file, "Save session", Key::s, ctrl},
    Shortcut{Action::save_as, 0, Menu::file, "Save session as …", Key::s, ctrl_shift},
    Shortcut{Action::copy_link, 0, Menu::file, "Copy link", Key::l, ctrl_shift},
    Shortcut{Action::export_figure, 0, Menu::file, "Export view …", Key::e, plain},
    Shortcut{Action::quit, 0, Menu::file, "Quit", Key::q, ctrl},

    Shortcut{Action::undo, 0, Menu::edit, "Undo", Key::z, ctrl, true},
    Shortcut{Action::redo, 0, Menu::edit, "Redo", Key::z, ctrl_shift, true},
    Shortcut{Action::redo, 0, Menu::edit, "Redo", Key::y, ctrl, true},
    Shortcut{Action::focus_probe, 0, Menu::edit, "Edit the probe text", Key::p, plain},

    Shortcut{Action::mark_back, 0, Menu::edit, "Mark a step to the left", Key::left, shift, true},
    Shortcut{Action::mark_forward, 0, Menu::edit, "Mark a step to the right", Key::right, shift, true},
    Shortcut{Action::mark_bar, 0, Menu::edit, "Force what is marked …", Key::enter, plain},

    Shortcut{Action::train, 0, Menu::train, "Train / pause", Key::t, plain},
    Shortcut{Action::update_once, 0, Menu::train, "One update", Key::u, plain},
    Shortcut{Action::reset_training, 0, Menu::train, "Start again", Key::r, plain},

    Shortcut{Action::choose_view, 1, Menu::view, "View 1", Key::digit_1, plain},
    Shortcut{Action::choose_view, 2, Menu::view, "View 2", Key::digit_2, plain},
    Shortcut{Action::choose_view, 3, Menu::view, "View 3", Key::digit_3, plain},
    Shortcut{Action::choose_view, 4, Menu::view, "View 4", Key::digit_4, plain},
    Shortcut{Action::choose_view, 5, Menu::view, "View 5", Key::digit_5, plain},
    Shortcut{Action::choose_view, 6, Menu::view, "View 6", Key::digit_6, plain},
    Shortcut{Action::choose_view, 7, Menu::view, "View 7", Key::digit_7, plain},
    Shortcut{Action::choose_view, 8, Menu::view, "View 8", Key::digit_8, plain},
    Shortcut{Action::choose_view, 9, Menu::view, "View 9", Key::digit_9, plain},
    Shortcut{Action::add_view, 1, Menu::view, "View 1 in the grid or out of it", Key::digit_1, shift},
    Shortcut{Action::add_view, 2, Menu::view, "View 2 in the grid or out of it", Key::digit_2, shift},
    Shortcut{Action::add_view, 3, Menu::view, "View 3 in the grid or out of it", Key::digit_3, shift},
    Shortcut{Action::add_view, 4, Menu::view, "View 4 in the grid or out of it", Key::digit_4, shift},
    Shortcut{Action::add_view, 5, Menu::view, "View 5 in the grid or out of it", Key::digit_5, shift},
    Shortcut{Action::add_view, 6, Menu::view, "View 6 in the grid or out of it", Key::digit_6, shift},
    Shortcut{Action::add_view, 7, Menu::view, "View 7 in the grid or out of it", Key::digit_7, shift},
    Shortcut{Action::add_view, 8, Menu::view, "View 8 in the grid or out of it", Key::digit_8, shift},
    Shortcut{Action::add_view, 9, Menu::view, "View 9 in the grid or out of it", Key::digit_9, shift},
    Shortcut{Action::add_view, 1, Menu::view, "View 1 in the grid or out of it", Key::digit_1, ctrl},
    Shortcut{Action::add_view, 2, Menu::view, "View 2 in the grid or out of it", Key::digit_2, ctrl},
    Shortcut{Action::add_view, 3, Menu::view, "View 3 in the grid or out of it", Key::digit_3, ctrl},
    Shortcut{Action::add_view, 4, Menu::view, "View 4 in the grid or out of it", Key::digit_4, ctrl},
    Shortcut{Action::add_view, 5, Menu::view, "View 5 in the grid or out of it", Key::digit_5, ctrl},
    Shortcut{Action::add_view, 6, Menu::view, "View 6 in the grid or out of it", Key::digit_6, ctrl},
    Shortcut{Action::add_view, 7, Menu::view, "View 7 in the grid or out of it", Key::digit_7, ctrl},
    Shortcut{Action::add_view, 8, Menu::view, "View 8 in the grid or out of it", Key::digit_8, ctrl},
    Shortcut{Action::add_view, 9, Menu::view, "View 9 in the grid or out of it", Key::digit_9, ctrl},
    Shortcut{Action::grid, 0, Menu::view, "Grid of views", Key::g, plain},
    Shortcut{Action::force_panel, 0, Menu::view, "Force gates", Key::f, plain},
    Shortcut{Action::next_model, 0, Menu::view, "Next model", Key::n, plain},
    Shortcut{Action::lens, 0, Menu::view, "Lens: before and after forcing", Key::c, plain},
    Shortcut{Action::lens_back, 0, Menu::view, "Lens to the left", Key::left, ctrl, true},
    Shortcut{Action::lens_forward, 0, Menu::view, "Lens to the right", Key::right, ctrl, true},
    Shortcut{Action::cycle_theme, 0, Menu::view, "Next theme", Key::d, ctrl},
    Shortcut{Action::presenter, 0, Menu::view, "Presenter", Key::v, plain},
    Shortcut{Action::larger_text, 0, Menu::view, "Larger text", Key::plus, ctrl, true},
    Shortcut{Action::larger_text, 0, Menu::view, "Larger text", Key::plus, ctrl_shift, true},
    Shortcut{Action::smaller_text, 0, Menu::view, "Smaller text", Key::minus, ctrl, true},
    Shortcut{Action::usual_text, 0, Menu::view, "Usual text size", Key::digit_0, ctrl},
    Shortcut{Action::fullscreen, 0, Menu::view, "Full screen", Key::f11, plain},

    Shortcut{Action::play, 0, Menu::replay, "Play / pause", Key::space, plain},
    Shortcut{Action::play_backward, 0, Menu::replay, "Play backward", Key::b, plain},
    Shortcut{Action::step_back, 0, Menu::replay, "Step back", Key::left, plain, true},
    Shortcut{Action::step_forward, 0, Menu::replay, "Step forward", Key::right, plain, true},
    Shortcut{Action::loss_back, 0, Menu::replay, "Loss of the gradient one step back", Key::left, ctrl_shift, true},
    Shortcut{Action::loss_forward, 0, Menu::replay, "Loss of the gradient one step on", Key::right, ctrl_shift, true},
    Shortcut{Action::first_step, 0, Menu::replay, "First step", Key::home, plain},
    Shortcut{Action::last_step, 0, Menu::replay, "Last step", Key::end, plain},
    Shortcut{Action::zoom_steps, 0, Menu::replay, "Some steps / all", Key::z, plain},
    Shortcut{Action::unit_up, 0, Menu::replay, "Unit above", Key::up, plain, true},
    Shortcut{Action::unit_down, 0, Menu::replay, "Unit below", Key::down, plain, true},
    Shortcut{Action::slower, 0, Menu::replay, "Slower", Key::minus, plain, true},
    Shortcut{Action::faster, 0, Menu::replay, "Faster", Key::plus, plain, true},
    Shortcut{Action::loop, 0, Menu::replay, "Loop", Key::l, plain},

    Shortcut{Action::menus, 0, Menu::help, "Menus, then the arrow keys", Key::f10, plain},
    Shortcut{Action::help, 0, Menu::help, "Help and shortcuts", Key::question, plain},
    Shortcut{Action::help, 0, Menu::help, "Help and shortcuts", Key::f1, plain},
    Shortcut{Action::close, 0, Menu::help, "Close what is open", Key::escape, plain},
};

constexpr std::array<std::string_view, static_cast<std::size_t>(Key::count)> names{
    "",
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V",
    "W", "X", "Y", "Z",
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
    "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12",
    "←", "→", "↑", "↓", "Home", "End", "Page up", "Page down",
    "Esc", "Enter", "Tab", "Backspace", "Insert", "Delete", "Space",
    "?", "+", "−"};
// clang-format on

/// Keys with Ctrl that a text field acts on.
bool edits_text(Key key) {
  return key == Key::a || key == Key::c || key == Key::v || key == Key::x || key == Key::y || key == Key::z ||
         key == Key::left || key == Key::right;
}

}  // namespace

std::span<const Shortcut> shortcuts() {
  return table;
}

const Shortcut* find_shortcut(const KeyPress& press, bool typing) {
  const bool function_key = press.key >= Key::f1 && press.key <= Key::f12;
  if (typing && !function_key && (!press.mods.ctrl || edits_text(press.key))) return nullptr;
  const auto found = std::find_if(table.begin(), table.end(), [&](const Shortcut& each) {
    return each.key == press.key && each.mods == press.mods && (each.repeats || !press.repeat);
  });
  return found != table.end() ? &*found : nullptr;
}

std::string Shortcut::written() const {
  return ui::written(key, mods);
}

std::string written(Action action, int number) {
  for (const Shortcut& each : table)
    if (each.action == action && each.number == number) return each.written();
  return "";
}

std::string written_beside(int number, bool digits_need_shift) {
  const Mods mods = digits_need_shift ? ctrl : shift;
  for (const Shortcut& each : table)
    if (each.action == Action::add_view && each.number == number && each.mods == mods) return each.written();
  return "";
}

std::string_view title(Menu menu) {
  switch (menu) {
    case Menu::file:
      return "File";
    case Menu::edit:
      return "Edit";
    case Menu::train:
      return "Train";
    case Menu::view:
      return "View";
    case Menu::replay:
      return "Replay";
    case Menu::help:
      return "Help";
  }
  return "";
}

std::optional<int> menu_of(Key key) {
  for (std::size_t k = 0; k < kMenuRow.size(); ++k)
    if (name(key).size() == 1 && kMenuRow[k].starts_with(name(key))) return static_cast<int>(k);
  return std::nullopt;
}

std::string_view name(Key key) {
  return key < Key::count ? names[static_cast<std::size_t>(key)] : "";
}

std::string written(Key key, Mods mods) {
  std::string all;
  if (mods.ctrl) all += "Ctrl+";
  if (mods.alt) all += "Alt+";
  if (mods.shift) all += "Shift+";
  return all += name(key);
}

}  // namespace gatescope::ui
