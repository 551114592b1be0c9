#include <utility>

#include "app/platform/window.h"

namespace gatescope::platform {

void Window::connect(ui::Gui& gui, std::function<void(const std::vector<std::string>&)> drop,
                     std::function<void()> refresh) {
  gui.set_clipboard([this] { return clipboard(); }, [this](const std::string& text) { set_clipboard(text); });
  set_events({.mouse_move = [&gui](float x, float y) { gui.mouse_move(x, y); },
              .mouse_leave = [&gui] { gui.mouse_leave(); },
              .mouse_button = [&gui](int i, bool down, ui::Mods mods) { gui.mouse_button(i, down, mods); },
              .wheel = [&gui](float dx, float dy, ui::Mods mods) { gui.wheel(dx, dy, mods); },
              .key = [&gui](ui::Key key, bool down, ui::Mods mods) { gui.key(key, down, mods); },
              .character = [&gui](char32_t character) { gui.character(character); },
              .focus = [&gui](bool focused) { gui.focus(focused); },
              .drop = std::move(drop),
              .refresh = std::move(refresh)});
}

}  // namespace gatescope::platform
