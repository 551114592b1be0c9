// What drops down from the menu row, and what a right click opens: names on the left, keys muted on the
// right.

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/kit/list_cursor.h"
#include "app/panels/panels.h"

namespace gatescope::ui {
namespace {

/// How wide the parts of a menu are, so that its keys stand under each other.
struct Columns {
  float tick = 0, name = 0, keys = 0, second = 0;
  float all(const Look& look) const {
    const float gap = look.px(28);
    return look.px(20) + tick + name + (keys > 0 ? gap + keys : 0) + (second > 0 ? look.px(12) + second : 0);
  }
};

constexpr float kAboutPoints = 430;  // how wide what stands below a name is

/// What stands below the entry's name, as it is drawn in small letters.
std::string about_of(const Look& look, const MenuEntry& entry) {
  return drawable(entry.about, look.px(kAboutPoints));
}

float height_of(const Look& look, const MenuEntry& entry) {
  const float name = std::round(look.px(26));
  if (entry.about.empty()) return name;
  const WithFont font(look.small);
  const float about =
      ImGui::CalcTextSize(about_of(look, entry).c_str(), nullptr, false, look.px(kAboutPoints)).y;
  return std::round(name + about + look.px(5));
}

Columns columns_of(const Look& look, std::span<const MenuEntry> entries) {
  Columns columns;
  for (const MenuEntry& entry : entries) {
    if (entry.chosen) columns.tick = look.px(16);
    float name = text_size(entry.name).x;
    if (!entry.detail.empty()) name += look.px(10) + text_size(entry.detail).x;
    if (!entry.about.empty()) name = std::max(name, look.px(kAboutPoints));
    columns.name = std::max(columns.name, name);
    const WithFont font(look.small);
    columns.keys = std::max(columns.keys, text_size(entry.keys).x);
    if (entry.beside) columns.second = std::max(columns.second, text_size(entry.beside_keys).x + look.px(38));
  }
  return columns;
}

void draw_tick(const Look& look, ImVec2 middle) {
  const float r = look.px(4);
  const ImVec2 points[3]{{middle.x - r, middle.y},
                         {middle.x - r * 0.2f, middle.y + r * 0.8f},
                         {middle.x + r, middle.y - r * 0.8f}};
  compat::polyline(*ImGui::GetWindowDrawList(), points, 3, look.text, std::max(1.5f, look.px(1.6f)));
}

/// True when pressed.
bool draw_entry(const Look& look, const MenuEntry& entry, const Columns& columns, float width,
                ListCursor& cursor, int number) {
  const float height = height_of(look, entry), first = std::round(look.px(26)), inset = look.px(10);
  const float second = entry.beside ? columns.second + look.px(12) : 0;
  const ImVec2 low = ImGui::GetCursorScreenPos();
  ImGui::BeginDisabled(!entry.enabled);
  const bool clicked = ImGui::InvisibleButton(entry.name.c_str(), {width - second, height});
  const bool pressed = entry.enabled && (clicked || cursor.entered(number));
  ImGui::EndDisabled();
  log_item(look, entry.name, entry.chosen.value_or(false) ? "chosen" : entry.detail, entry.enabled);
  const ScreenRect box = last_item();
  const float middle = box.low.y + first / 2;
  if (cursor.at(number) && entry.enabled) fill(box, look.pressed, look.px(5));
  tooltip_aside(look, entry.tip);
  if (entry.chosen.value_or(false)) draw_tick(look, {box.low.x + inset + look.px(3), middle});
  draw_text(box.low.x + inset + columns.tick, middle, entry.enabled ? look.text : look.disabled, entry.name);
  if (!entry.detail.empty())
    draw_text(box.low.x + inset + columns.tick + text_size(entry.name).x + look.px(10), middle, look.muted,
              entry.detail);
  if (!entry.about.empty()) {
    const WithFont font(look.small);
    ImGui::GetWindowDrawList()->AddText(ImGui::GetFont(), ImGui::GetFontSize(),
                                        {box.low.x + inset + columns.tick, box.low.y + first - look.px(2)},
                                        look.muted, about_of(look, entry).c_str(), nullptr,
                                        look.px(kAboutPoints));
    log_item(look, "about " + entry.name, box.low, box.high, entry.about);
  }
  const float keys_right = low.x + width - inset - (columns.second > 0 ? columns.second + look.px(12) : 0);
  {
    const WithFont font(look.small);
    draw_text_right(keys_right, middle, look.muted, entry.keys);
  }
  if (!entry.beside) {
    if (pressed && entry.act) entry.act();
    return pressed;
  }
  const std::string name = entry.name + " beside";
  ImGui::SetCursorScreenPos({low.x + width - columns.second - inset / 2, low.y});
  const bool second_pressed = ImGui::InvisibleButton(name.c_str(), {columns.second + inset / 2, height});
  log_item(look, name);
  const ScreenRect other = last_item();
  if (ImGui::IsItemHovered()) fill(other, look.pressed, look.px(5));
  tooltip_aside(look, "Into the grid, beside the others, or out of it");
  const WithFont font(look.small);
  const float x = other.low.x + look.px(12);
  draw_icon(Icon::plus, {x, middle}, look.px(8), entry.beside_on ? look.text : look.muted);
  draw_text_right(other.high.x - inset, middle, entry.beside_on ? look.text : look.muted, entry.beside_keys);
  if (pressed && entry.act) entry.act();
  if (second_pressed) entry.beside();
  return pressed || second_pressed;
}

}  // namespace

void draw_menu(const Look& look, const char* popup, std::span<const MenuEntry> entries, bool by_keys) {
  if (!ImGui::IsPopupOpen(popup)) return;
  const float margin = look.px(5);
  const Columns columns = columns_of(look, entries);
  const float width = std::round(std::max(look.px(150), columns.all(look)));
  const float most = ImGui::GetIO().DisplaySize.y - look.px(60);
  ImGui::SetNextWindowSizeConstraints({width + 2 * margin, 0},
                                      {width + 2 * margin + ImGui::GetStyle().ScrollbarSize, most});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {margin, margin});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  if (ImGui::BeginPopup(popup, ImGuiWindowFlags_NoMove)) {
    const auto can = [](const MenuEntry& entry) { return !entry.name.empty() && entry.enabled; };
    const auto first = std::ranges::find_if(entries, can);
    const int start = by_keys && first != entries.end() ? static_cast<int>(first - entries.begin()) : -1;
    ListCursor cursor(look, static_cast<int>(entries.size()), start, [&](int k) { return can(entries[k]); });
    for (std::size_t k = 0; k < entries.size(); ++k) {
      const MenuEntry& entry = entries[k];
      if (entry.name.empty()) {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        ImGui::Dummy({width, look.px(9)});
        const float y = std::round(at.y + look.px(4));
        ImGui::GetWindowDrawList()->AddLine({at.x + look.px(6), y}, {at.x + width - look.px(6), y},
                                            look.separator);
        continue;
      }
      ImGui::PushID(static_cast<int>(k));
      if (draw_entry(look, entry, columns, width, cursor, static_cast<int>(k))) ImGui::CloseCurrentPopup();
      ImGui::PopID();
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar(2);
}

}  // namespace gatescope::ui
