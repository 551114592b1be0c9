#include <algorithm>
#include <array>
#include <cfloat>

#include "app/kit/gui.h"
#include "app/kit/imgui_compat.h"

namespace gatescope::ui {
namespace {

/// Those that also send a character, so that both arrive in one frame.
bool prints(Key key) {
  return (key >= Key::a && key <= Key::digit_9) || key == Key::space ||
         (key >= Key::question && key <= Key::minus);
}

}  // namespace

void Gui::mouse_move(float x, float y) {
  events_.emplace_back(Move{x, y});
}
void Gui::mouse_leave() {
  events_.emplace_back(Move{-FLT_MAX, -FLT_MAX});
}
void Gui::mouse_button(int button, bool down, Mods mods) {
  events_.emplace_back(Button{button, down, mods});
}
void Gui::wheel(float dx, float dy, Mods mods) {
  events_.emplace_back(Wheel{dx, dy, mods});
}
void Gui::focus(bool focused) {
  events_.emplace_back(Focus{focused});
}

void Gui::key(Key key, bool down, Mods mods) {
  if (key == Key::none || key == Key::count) return;
  auto held = held_[static_cast<std::size_t>(key)];
  events_.emplace_back(KeyChange{key, down, down && held, mods});
  held = down;
}

void Gui::character(char32_t character) {
  if (character < 0x20 || character == 0x7f) return;
  events_.emplace_back(Character{character});
}

struct Gui::Taken {
  bool moved = false, wheeled = false, typed = false, command = false;
  std::array<bool, 8> buttons{};
  std::array<bool, static_cast<std::size_t>(Key::count)> keys{};
  bool button() const { return std::find(buttons.begin(), buttons.end(), true) != buttons.end(); }
  bool any_key() const { return std::find(keys.begin(), keys.end(), true) != keys.end(); }
};

void Gui::feed_input() {
  presses_.clear();
  Taken taken;
  while (!events_.empty() && feed(events_.front(), taken)) events_.pop_front();
}

void Gui::release_all() {
  ImGuiIO& io = ImGui::GetIO();
  for (int button = 0; button < 5; ++button) compat::feed_button(io, button, false);
  for (int key = 1; key < static_cast<int>(Key::count); ++key)
    compat::feed_key(io, static_cast<Key>(key), false);
  compat::feed_mods(io, {});
  std::fill(held_.begin(), held_.end(), false);
}

// Whether the event goes into this frame; otherwise it and all behind it wait for the next.
bool Gui::feed(const Event& event, Taken& taken) {
  ImGuiIO& io = ImGui::GetIO();
  if (const auto* move = std::get_if<Move>(&event)) {
    if (taken.button() || taken.wheeled) return false;
    compat::feed_mouse(io, move->x, move->y);
    taken.moved = true;
    return true;
  }
  if (const auto* button = std::get_if<Button>(&event)) {
    if (button->button < 0 || button->button >= 5) return true;
    if (taken.button() || taken.moved || taken.wheeled || taken.typed || taken.any_key()) return false;
    compat::feed_mods(io, button->mods);
    compat::feed_button(io, button->button, button->down);
    taken.buttons[button->button] = true;
    return true;
  }
  if (const auto* wheel = std::get_if<Wheel>(&event)) {
    if (taken.button() || taken.moved) return false;
    compat::feed_mods(io, wheel->mods);
    compat::feed_wheel(io, wheel->dx, wheel->dy);
    taken.wheeled = true;
    return true;
  }
  if (const auto* focus = std::get_if<Focus>(&event)) {
    io.AddFocusEvent(focus->focused);
    if (!focus->focused) release_all();
    return true;
  }
  // Keys wait for a field that was just clicked to take the keyboard.
  if (memory_.edit.id != 0 && !memory_.edit.active) return false;
  if (taken.button()) return false;
  if (const auto* change = std::get_if<KeyChange>(&event)) {
    bool& changed = taken.keys[static_cast<std::size_t>(change->key)];
    const bool command = !prints(change->key) || change->mods.ctrl;
    if (!change->repeat && changed) return false;
    if (change->down && !change->repeat && (taken.command || (command && (taken.typed || taken.any_key()))))
      return false;
    compat::feed_mods(io, change->mods);
    compat::feed_key(io, change->key, change->down);
    if (change->down) presses_.push_back({change->key, change->mods, change->repeat});
    if (!change->repeat) changed = true;
    if (change->down && command) taken.command = true;
    return true;
  }
  if (const auto* typed = std::get_if<Character>(&event)) {
    if (taken.command) return false;
    const char32_t c = typed->character;
    compat::feed_mods(io, {});  // with Ctrl down text fields take no characters
    io.AddInputCharacter(static_cast<unsigned>(letters_.stand_ins.hide(c)));
    taken.typed = true;
    return true;
  }
  return true;
}

}  // namespace gatescope::ui
