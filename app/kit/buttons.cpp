#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/focus.h"

namespace gatescope::ui {
namespace {

struct Pressable {
  bool pressed = false, hovered = false, held = false;
  ScreenRect box;
};

Pressable pressable(const Look& look, const char* label, ImVec2 size, bool enabled) {
  ImGui::BeginDisabled(!enabled);
  Pressable item;
  item.pressed = ImGui::InvisibleButton(label, size) && enabled;
  ImGui::EndDisabled();
  item.hovered = enabled && ImGui::IsItemHovered();
  item.held = enabled && ImGui::IsItemActive();
  item.box = last_item();
  if (enabled && key_focus(look).pressed) item.pressed = true;
  log_item(look, label, {}, enabled);
  return item;
}

/// Draws the ground; the colour of what stands on it.
ImU32 draw_ground(const Look& look, const Pressable& item, Kind kind, bool enabled) {
  const float radius = look.px(6);
  if (!enabled) {
    if (kind != Kind::quiet) fill(item.box, look.field, radius);
    return look.disabled;
  }
  const float lift = item.held ? 0.24f : item.hovered ? 0.12f : 0.0f;
  switch (kind) {
    case Kind::primary:
      fill(item.box, mixed(look.pressed, look.text, 0.14f + lift / 2), radius);
      return look.text;
    case Kind::running:
      fill(item.box, mixed(look.accent, look.on_accent, lift), radius);
      return look.on_accent;
    case Kind::forced:
      fill(item.box, mixed(look.forced_ground, look.forced, lift), radius);
      outline(item.box, look.forced, radius, std::max(1.0f, look.px(1)));
      return look.forced_text;
    case Kind::quiet:
      if (item.hovered || item.held) fill(item.box, ground(look, item.hovered, item.held), radius);
      return item.hovered || item.held ? look.text : look.muted;
    case Kind::plain:
      break;
  }
  fill(item.box, ground(look, item.hovered, item.held), radius);
  return look.text;
}

}  // namespace

bool button(const Look& look, const char* label, Kind kind, std::string_view tip, ImVec2 size, bool enabled) {
  const std::string_view text = shown(label);
  const ImVec2 extent = text_size(text);
  if (size.x < 0) size.x = std::max(ImGui::GetContentRegionAvail().x, look.px(24));
  if (size.x <= 0) size.x = std::round(extent.x + look.px(kind == Kind::quiet ? 16 : 24));
  if (size.y <= 0) size.y = std::round(look.px(28));
  const Pressable item = pressable(look, label, size, enabled);
  const ImU32 color = draw_ground(look, item, kind, enabled);
  draw_text_centred(item.box.middle(), color, fitted(text, size.x - look.px(8)));
  tooltip(look, tip);
  return item.pressed;
}

bool icon_button(const Look& look, const char* id, Icon icon, Kind kind, std::string_view tip, bool enabled) {
  const Pressable item = pressable(look, id, {std::round(look.px(36)), std::round(look.px(28))}, enabled);
  draw_icon(icon, item.box.middle(), look.px(11), draw_ground(look, item, kind, enabled));
  tooltip(look, tip);
  return item.pressed;
}

int segmented(const Look& look, const char* id, std::span<const char* const> labels, int chosen, bool amber,
              float width) {
  if (labels.empty()) return chosen;
  const WithFont font(look.small);
  const float height = std::round(look.px(22)), inset = std::round(look.px(2)), padding = look.px(7);
  float natural = 0;
  for (const char* label : labels) natural += std::round(text_size(shown(label)).x + 2 * padding);
  const float extra = width > 0 ? (width - 2 * inset - natural) / static_cast<float>(labels.size()) : 0;
  const float line = compat::line_height();
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const ScreenRect track{low, {low.x + (width > 0 ? width : natural + 2 * inset), low.y + height}};
  fill(track, look.field, look.px(6));

  ImGui::PushID(id);
  float x = low.x + inset;
  for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
    const char* label = labels[i];
    const std::string_view text = shown(label);
    const float cell = std::max(std::round(text_size(text).x + 2 * padding) + extra, look.px(8));
    ImGui::SetCursorScreenPos({x, low.y});
    if (ImGui::InvisibleButton(label, {cell, height})) chosen = i;
    if (look.items != nullptr) log_item(look, std::string(text) + "##" + id, i == chosen ? "chosen" : "");
    const ScreenRect pill{{x, low.y + inset}, {x + cell, low.y + height - inset}};
    const bool hovered = ImGui::IsItemHovered();
    if (i == chosen)
      fill(pill, amber ? look.forced : look.pressed, look.px(4));
    else if (hovered)
      fill(pill, look.hovered, look.px(4));
    const ImU32 color = i == chosen ? (amber ? look.on_forced : look.text) : hovered ? look.text : look.muted;
    ImVec2 middle = pill.middle();
    if (i == chosen && amber) {  // a hatch and a lock, so that it can be told without its colour
      hatch(look, pill, faded(look.on_forced, 0.22f));
      const float lock = look.px(8), room = cell - text_size(text).x;
      if (room >= lock + look.px(6)) {
        draw_icon(Icon::lock, {pill.low.x + room / 2 - look.px(1), middle.y}, lock, color);
        middle.x += lock / 2 + look.px(1);
      }
    }
    draw_text_centred(middle, color, fitted(text, cell - look.px(2)));
    x += cell;
  }
  const KeyFocus keys = key_focus(look, ImGui::GetID("##keys"), track.low, track.high, true);
  ImGui::PopID();
  const int count = static_cast<int>(labels.size());
  if (keys.turn != 0) chosen = std::clamp(chosen < 0 ? count / 2 : chosen + keys.turn, 0, count - 1);
  if (keys.pressed) chosen = (chosen + 1) % count;
  // All of it is one item for whoever lays out.
  ImGui::SetCursorScreenPos(low);
  compat::set_line_height(line);
  ImGui::Dummy(track.size());
  return chosen;
}

namespace {

/// The switch itself, in the middle of a height.
void draw_switch(const Look& look, ImVec2 low, float height, bool on, bool hovered) {
  const float width = look.px(28), thick = look.px(16), middle = std::round(low.y + height / 2);
  const ScreenRect track{{low.x, middle - thick / 2}, {low.x + width, middle + thick / 2}};
  fill(track,
       on        ? mixed(look.pressed, look.text, 0.6f)
       : hovered ? look.pressed
                 : mixed(look.field, look.pressed, 0.6f),
       thick / 2);
  const float knob = thick / 2 - look.px(2.5f);
  const float x = on ? track.high.x - thick / 2 : track.low.x + thick / 2;
  ImGui::GetWindowDrawList()->AddCircleFilled({x, middle}, knob, on ? look.card : look.muted);
}

}  // namespace

bool toggle(const Look& look, const char* label, bool& on, std::string_view tip) {
  const std::string_view text = shown(label);
  const float height = std::round(look.px(row_points)), gap = look.px(36);
  bool turned = ImGui::InvisibleButton(label, {std::round(gap + text_size(text).x + look.px(2)), height});
  const ScreenRect box = last_item();
  if (key_focus(look).pressed || turned) on = !on, turned = true;
  log_item(look, label, on ? "on" : "off");
  draw_switch(look, box.low, height, on, ImGui::IsItemHovered());
  draw_text(box.low.x + gap, box.middle().y, look.text, text);
  tooltip(look, tip);
  return turned;
}

bool toggle_row(const Look& look, const char* label, bool& on, std::string_view tip) {
  const Row row = begin_row(look, label, 28);
  ImGui::SetCursorScreenPos(row.all.low);
  bool turned = ImGui::InvisibleButton(label, row.all.size());
  if (key_focus(look).pressed || turned) on = !on, turned = true;
  log_item(look, label, on ? "on" : "off");
  draw_switch(look, {row.all.high.x - look.px(28), row.all.low.y}, row.all.height(), on,
              ImGui::IsItemHovered());
  end_row(look, row, label, tip);
  return turned;
}

int tabs(const Look& look, const char* id, std::span<const char* const> labels, int chosen,
         std::span<const std::string> tips, std::span<const char> also, float padding, int* pressed) {
  const float line = compat::line_height();
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float height = std::round(look.px(28)), gap = std::round(look.px(4));
  ImGui::PushID(id);
  float x = low.x;
  for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
    const char* label = labels[i];
    const std::string_view text = shown(label);
    const float width = std::round(text_size(text).x + 2 * look.px(padding));
    ImGui::SetCursorScreenPos({x, low.y});
    if (ImGui::InvisibleButton(label, {width, height})) {
      chosen = i;
      if (pressed) *pressed = i;
    }
    if (look.items != nullptr) log_item(look, std::string(text) + "##" + id, i == chosen ? "chosen" : "");
    if (static_cast<std::size_t>(i) < tips.size()) tooltip(look, tips[i]);
    const bool hovered = ImGui::IsItemHovered();
    const ImU32 tone = i == chosen ? look.card : hovered ? faded(look.card, 0.6f) : 0;
    const ScreenRect box = last_item();
    ImGui::GetWindowDrawList()->AddRectFilled(box.low, box.high, tone, look.px(6),
                                              ImDrawFlags_RoundCornersTop);
    const bool beside = static_cast<std::size_t>(i) < also.size() && also[i];
    draw_text_centred(box.middle(), i == chosen || hovered || beside ? look.text : look.muted, text);
    if (beside) {
      const float thick = std::max(2.0f, std::round(look.px(2))), inset = look.px(padding);
      fill({{box.low.x + inset, box.high.y - thick}, {box.high.x - inset, box.high.y}}, look.text, 0);
    }
    x += width + gap;
  }
  const KeyFocus keys =
      key_focus(look, ImGui::GetID("##keys"), low, {std::max(x - gap, low.x + 1), low.y + height}, true);
  ImGui::PopID();
  const int count = static_cast<int>(labels.size());
  if (keys.pressed && pressed && chosen >= 0) *pressed = chosen;
  if (keys.turn != 0 && count > 0) chosen = chosen < 0 ? 0 : std::clamp(chosen + keys.turn, 0, count - 1);
  ImGui::SetCursorScreenPos(low);
  compat::set_line_height(line);
  ImGui::Dummy({std::max(x - gap - low.x, 1.0f), height});
  return chosen;
}

}  // namespace gatescope::ui
