#pragma once

#include <imgui.h>

#include "core/plot/theme.h"

namespace gatescope::ui {

struct ItemLog;
struct Memory;

/// Everything about looks of the window, in pixels of the screen: the theme's tones, the fonts, the spacings.
/// Handed to whatever draws, with what the controls remember from frame to frame.
struct Look {
  plot::Theme theme;
  float scale = 1;  ///< pixels a point: the monitor's, times the theme's factor on type

  // Tones.
  ImU32 background = 0;  ///< between the cards
  ImU32 card = 0;        ///< the theme's panel
  ImU32 field = 0;       ///< what can be edited or pressed
  ImU32 hovered = 0;     ///< the same under the pointer
  ImU32 pressed = 0;     ///< the same held down, and the chosen one of several
  ImU32 popup = 0;       ///< menus, tooltips: above the cards
  ImU32 separator = 0;
  ImU32 text = 0, muted = 0;
  ImU32 disabled = 0;                        ///< text of what cannot be pressed now
  ImU32 accent = 0, on_accent = 0;           ///< what runs, and text on it
  ImU32 forced = 0, on_forced = 0;           ///< amber: forced, and nothing else
  ImU32 forced_ground = 0, forced_text = 0;  ///< a banner's ground and its text
  ImU32 danger = 0;
  ImU32 cursor = 0;  ///< the chosen step and unit
  ImU32 halo = 0;    ///< at both sides of it

  // Fonts: DejaVu Sans, DejaVu Sans Mono for text strips.
  ImFont* regular = nullptr;   ///< 14 points
  ImFont* bold = nullptr;      ///< 14
  ImFont* caption = nullptr;   ///< 12, bold, for small capitals
  ImFont* small = nullptr;     ///< 12
  ImFont* headline = nullptr;  ///< 17
  ImFont* mono = nullptr;      ///< 15

  Memory* memory = nullptr;  ///< the Gui's
  ItemLog* items = nullptr;  ///< where items say what and where they are; none where nobody reads it

  float px(float points) const { return points * scale; }
  float padding() const { return px(12); }
  float radius() const { return px(8); }
  /// A quantity's colour in this theme.
  ImU32 color(const plot::Ink& ink) const;
};

/// An sRGB colour as ImGui keeps it.
ImU32 to_imgui(plot::Color color);
plot::Color from_imgui(ImU32 color);
/// The same at a part of its opacity.
ImU32 faded(ImU32 color, float opacity);

/// The tones of a theme at `monitor` pixels a point, its type `text` times as large; no fonts yet.
Look make_look(plot::ThemeName name, float monitor, float text = 1);
/// The same for what ImGui draws by itself: menus, scroll bars, text fields.
ImGuiStyle make_style(const Look& look);

}  // namespace gatescope::ui
