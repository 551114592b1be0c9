#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/kit/letters.h"

namespace gatescope::ui {

bool slider(const Look& look, const char* id, float& value, float low, float high, ImU32 color, float width,
            float ghost) {
  const float height = std::round(look.px(20)), knob = look.px(7), thick = look.px(4);
  width = std::max(width, look.px(24));
  ImGui::InvisibleButton(id, {width, height});
  const bool hovered = ImGui::IsItemHovered(), held = ImGui::IsItemActive();
  const ScreenRect box = last_item();
  const float from = box.low.x + knob, to = box.high.x - knob, middle = box.middle().y;
  bool moved = false;
  if (held && high > low) {
    const float part = std::clamp((ImGui::GetIO().MousePos.x - from) / std::max(to - from, 1.0f), 0.0f, 1.0f);
    const float now = low + part * (high - low);
    moved = now != value;
    value = now;
  }
  const KeyFocus keys = key_focus(look, true);
  if (keys.turn != 0 && high > low) {
    constexpr float steps = 20;
    const float now = std::clamp(value + static_cast<float>(keys.turn) * (high - low) / steps, low, high);
    moved = moved || now != value;
    value = now;
  }
  if (look.items != nullptr) log_item(look, id, fmt::format("{:.6g}", value));
  const auto place = [&](float v) {
    const float part = high > low && std::isfinite(v) ? (v - low) / (high - low) : 0;
    return from + std::clamp(part, 0.0f, 1.0f) * (to - from);
  };
  const float x = place(value), radius = thick / 2;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  fill({{box.low.x, middle - radius}, {box.high.x, middle + radius}}, mixed(look.field, look.pressed, 0.6f),
       radius);
  fill({{box.low.x, middle - radius}, {x, middle + radius}}, color, radius);
  if (std::isfinite(ghost)) {
    const float g = place(ghost), half = look.px(6);
    list.AddRectFilled({g - look.px(1), middle - half}, {g + look.px(1), middle + half}, look.muted);
  }
  const float radius_now = held || hovered ? knob : knob * 0.88f;
  list.AddCircleFilled({x, middle}, radius_now, color);
  list.AddCircleFilled({x, middle}, radius_now - look.px(2), look.card);
  return moved;
}

float headline_width(const Look& look, std::string_view label, std::string_view value,
                     std::string_view widest) {
  float width = shown(label).empty() ? 0 : look.px(6);
  {
    const WithFont font(look.small);
    width += text_size(shown(label)).x;
  }
  const WithFont font(look.headline);
  return std::round(width + std::max(text_size(value).x, text_size(widest).x));
}

void headline(const Look& look, std::string_view label, std::string_view value, std::string_view tip,
              std::string_view widest) {
  const std::string_view name = shown(label);
  const float gap = name.empty() ? 0 : look.px(6), height = std::round(look.px(28));
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = headline_width(look, label, value, widest);
  float label_width = 0;
  {
    const WithFont font(look.small);
    label_width = text_size(name).x;
  }
  const WithFont font(look.headline);
  ImGui::Dummy({width, height});
  log_item(look, label, value);
  const float middle = low.y + height / 2;
  draw_text(low.x + label_width + gap, middle, look.text, value);
  {
    // On the large figures' base line.
    const float lower = (look.px(17) - look.px(12)) * 0.28f;
    const WithFont small(look.small);
    draw_text(low.x, middle + lower, look.muted, name);
    if (!tip.empty())
      underline_term(look, low.x, low.x + label_width, middle + lower + ImGui::GetFontSize() / 2);
  }
  tooltip(look, tip);
}

void caption(const Look& look, std::string_view text) {
  const WithFont font(look.small);
  ImGui::PushStyleColor(ImGuiCol_Text, look.muted);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(drawable(text, ImGui::GetContentRegionAvail().x).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  log_text(look, told(text), ImGui::GetItemRectMin(), ImGui::GetItemRectSize());
  log_item(look, "##caption", text);
}

void sparkline(const Look& look, std::span<const float> values, ImVec2 size, ImU32 color,
               std::optional<int> chosen, float low, float high) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::Dummy({std::max(size.x, 1.0f), std::max(size.y, 1.0f)});
  const ScreenRect box = last_item();
  if (!ImGui::IsRectVisible(box.low, box.high)) return;
  if (!(high > low)) {
    low = std::numeric_limits<float>::infinity();
    high = -low;
    for (const float v : values)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    if (!(low <= high)) return;
    if (low == high) low -= 1, high += 1;
  }
  const float inset = look.px(2), count = static_cast<float>(values.size());
  const auto place = [&](std::size_t i) -> ImVec2 {
    const float across = values.size() > 1 ? static_cast<float>(i) / (count - 1) : 0.5f;
    const float up = std::clamp((values[i] - low) / (high - low), 0.0f, 1.0f);
    return {corner.x + inset + across * (size.x - 2 * inset),
            corner.y + size.y - inset - up * (size.y - 2 * inset)};
  };
  ImDrawList& list = *ImGui::GetWindowDrawList();
  std::vector<ImVec2> piece;
  const auto draw_piece = [&] {
    if (piece.size() == 1) list.AddCircleFilled(piece.front(), look.px(1.5f), color);
    if (piece.size() > 1)
      compat::polyline(list, piece.data(), static_cast<int>(piece.size()), color,
                       std::max(1.0f, look.px(1.3f)));
    piece.clear();
  };
  // More than two values a pixel: only the lowest and highest of each pixel can be seen.
  const std::size_t step = std::max<std::size_t>(1, values.size() / static_cast<std::size_t>(2 * size.x + 1));
  for (std::size_t first = 0; first < values.size(); first += step) {
    const std::size_t last = std::min(first + step, values.size());
    std::optional<std::size_t> least, most;
    for (std::size_t i = first; i < last; ++i) {
      if (!std::isfinite(values[i])) continue;
      if (!least || values[i] < values[*least]) least = i;
      if (!most || values[i] > values[*most]) most = i;
    }
    if (!least) {
      draw_piece();
      continue;
    }
    piece.push_back(place(std::min(*least, *most)));
    if (*least != *most) piece.push_back(place(std::max(*least, *most)));
  }
  draw_piece();
  if (chosen && *chosen >= 0 && static_cast<std::size_t>(*chosen) < values.size() &&
      std::isfinite(values[*chosen])) {
    const ImVec2 at = place(static_cast<std::size_t>(*chosen));
    list.AddCircleFilled(at, look.px(3.5f), look.card);
    list.AddCircleFilled(at, look.px(2.5f), look.cursor);
  }
}

bool splitter(const Look& look, const char* id, bool vertical, ImVec2 at, float length, float& size,
              float low, float high, int towards) {
  const ImVec2 before = ImGui::GetCursorScreenPos();
  const float reach = std::round(look.px(4)), thin = std::max(1.0f, std::round(look.px(1)));
  const ScreenRect grab = vertical ? ScreenRect{{at.x - reach, at.y}, {at.x + reach, at.y + length}}
                                   : ScreenRect{{at.x, at.y - reach}, {at.x + length, at.y + reach}};
  ImGui::SetCursorScreenPos(grab.low);
  ImGui::InvisibleButton(id, {std::max(grab.width(), 1.0f), std::max(grab.height(), 1.0f)});
  const bool hovered = ImGui::IsItemHovered(), held = ImGui::IsItemActive();
  const int turn = key_focus(look, true).turn;
  if (look.items != nullptr) log_item(look, id, fmt::format("{:.6g}", size));
  Memory::Drag& drag = look.memory->drag;
  const ImGuiID own = ImGui::GetID(id);
  if (ImGui::IsItemActivated()) drag = {own, static_cast<double>(size), false, 0};
  bool moved = false;
  if (held && drag.id == own) {
    drag.last_frame = ImGui::GetFrameCount();
    const ImVec2 now = ImGui::GetIO().MousePos, start = ImGui::GetIO().MouseClickedPos[0];
    const float by =
        (vertical ? now.x - start.x : now.y - start.y) / look.scale * static_cast<float>(towards);
    const float wanted = std::clamp(static_cast<float>(drag.value) + by, low, std::max(low, high));
    moved = wanted != size;
    size = wanted;
  }
  if (turn != 0) {
    constexpr float step = 16;
    const float wanted = std::clamp(size + static_cast<float>(turn * (vertical ? towards : 1)) * step, low,
                                    std::max(low, high));
    moved = moved || wanted != size;
    size = wanted;
  }
  if (hovered || held)
    ImGui::SetMouseCursor(vertical ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
  const float thick = hovered || held ? std::round(look.px(2)) : thin;
  const ScreenRect line = vertical ? ScreenRect{{at.x, at.y}, {at.x + thick, at.y + length}}
                                   : ScreenRect{{at.x, at.y}, {at.x + length, at.y + thick}};
  fill(line, held ? look.muted : hovered ? look.pressed : vertical ? look.separator : 0, 0);
  ImGui::SetCursorScreenPos(before);
  return moved;
}

}  // namespace gatescope::ui
