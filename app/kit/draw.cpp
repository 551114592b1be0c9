#include "app/kit/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/kit/item_log.h"
#include "app/kit/letters.h"

namespace gatescope::ui {

ImVec2 text_size(std::string_view text) {
  return Letters::present().size(text);
}

void draw_text(float x, float middle_y, ImU32 color, std::string_view text) {
  const float top = std::round(middle_y - ImGui::GetFontSize() / 2);
  ImGui::GetWindowDrawList()->AddText({std::round(x), top}, color, drawable(text).c_str());
  const Look& look = Letters::present().look();
  if (look.items != nullptr) log_text(look, text, {std::round(x), top}, text_size(text));
}

void draw_text_right(float right, float middle_y, ImU32 color, std::string_view text) {
  draw_text(right - text_size(text).x, middle_y, color, text);
}

void draw_text_centred(ImVec2 middle, ImU32 color, std::string_view text) {
  draw_text(middle.x - text_size(text).x / 2, middle.y, color, text);
}

void fill(const ScreenRect& box, ImU32 color, float radius) {
  if (color >> IM_COL32_A_SHIFT != 0)
    ImGui::GetWindowDrawList()->AddRectFilled(box.low, box.high, color, radius);
}

void outline(const ScreenRect& box, ImU32 color, float radius, float thickness) {
  const float half = thickness / 2;
  ImGui::GetWindowDrawList()->AddRect({box.low.x + half, box.low.y + half},
                                      {box.high.x - half, box.high.y - half}, color, radius - half, 0,
                                      thickness);
}

ImU32 mixed(ImU32 first, ImU32 second, float part) {
  const ImVec4 a = ImGui::ColorConvertU32ToFloat4(first), b = ImGui::ColorConvertU32ToFloat4(second);
  return ImGui::ColorConvertFloat4ToU32({std::lerp(a.x, b.x, part), std::lerp(a.y, b.y, part),
                                         std::lerp(a.z, b.z, part), std::lerp(a.w, b.w, part)});
}

ImU32 legible(const Look& look, ImU32 color) {
  constexpr float enough = 4;
  const plot::Color card = from_imgui(look.card);
  for (float part = 0; part < 1; part += 0.1f) {
    const ImU32 ink = mixed(color, look.text, part);
    if (plot::contrast(from_imgui(ink), card) >= enough) return ink;
  }
  return look.text;
}

ImU32 ground(const Look& look, bool hovered, bool held) {
  return held ? look.pressed : hovered ? look.hovered : look.field;
}

void draw_icon(Icon icon, ImVec2 middle, float size, ImU32 color) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float r = size / 2, x = std::round(middle.x), y = std::round(middle.y),
              bar = std::max(2.0f, size * 0.2f);
  // ImGui smooths the edges of shapes whose corners go clockwise.
  const auto triangle = [&](float cx, float to) {  // `to`: 1 points right, -1 left
    const float base = cx - to * r * 0.75f, tip = cx + to * r * 0.95f;
    list.AddTriangleFilled({base, y - to * r}, {tip, y}, {base, y + to * r}, color);
  };
  const auto upright = [&](float cx) {
    list.AddRectFilled({cx - bar / 2, y - r}, {cx + bar / 2, y + r}, color, bar * 0.2f);
  };
  const auto lines = [&](std::initializer_list<ImVec2> points) {
    compat::polyline(list, points.begin(), static_cast<int>(points.size()), color,
                     std::max(1.5f, size * 0.14f));
  };
  switch (icon) {
    case Icon::play:
      triangle(x, 1);
      break;
    case Icon::reverse:
      triangle(x, -1);
      break;
    case Icon::pause:
      upright(x - r * 0.55f);
      upright(x + r * 0.55f);
      break;
    case Icon::step_forward:
      lines({{x - r * 0.35f, y - r * 0.8f}, {x + r * 0.45f, y}, {x - r * 0.35f, y + r * 0.8f}});
      break;
    case Icon::step_back:
      lines({{x + r * 0.35f, y - r * 0.8f}, {x - r * 0.45f, y}, {x + r * 0.35f, y + r * 0.8f}});
      break;
    case Icon::to_start:
      upright(x - r * 0.95f);
      triangle(x + r * 0.2f, -1);
      break;
    case Icon::to_end:
      upright(x + r * 0.95f);
      triangle(x - r * 0.2f, 1);
      break;
    case Icon::loop: {
      const float radius = r * 0.85f, head = r * 0.6f;
      list.PathArcTo({x, y}, radius, -0.2f, 5.0f, 24);
      list.PathStroke(color, 0, std::max(1.5f, size * 0.15f));
      const ImVec2 end{x + radius * std::cos(5.0f), y + radius * std::sin(5.0f)};
      list.AddTriangleFilled({end.x - head * 0.3f, end.y - head}, {end.x + head * 1.1f, end.y + head * 0.15f},
                             {end.x - head * 0.3f, end.y + head}, color);
      break;
    }
    case Icon::close:
      lines({{x - r * 0.7f, y - r * 0.7f}, {x + r * 0.7f, y + r * 0.7f}});
      lines({{x - r * 0.7f, y + r * 0.7f}, {x + r * 0.7f, y - r * 0.7f}});
      break;
    case Icon::plus:
      lines({{x - r * 0.8f, y}, {x + r * 0.8f, y}});
      lines({{x, y - r * 0.8f}, {x, y + r * 0.8f}});
      break;
    case Icon::menu:
      for (const float dy : {-0.6f, 0.0f, 0.6f})
        lines({{x - r * 0.85f, y + dy * r}, {x + r * 0.85f, y + dy * r}});
      break;
    case Icon::left_column:
    case Icon::right_column: {
      const float line = std::max(1.0f, size * 0.12f), edge = icon == Icon::left_column ? -1.0f : 1.0f;
      list.AddRect({x - r, y - r * 0.8f}, {x + r, y + r * 0.8f}, color, r * 0.3f, 0, line);
      const float a = x + edge * r, b = x + edge * r * 0.25f;
      list.AddRectFilled({std::min(a, b), y - r * 0.8f}, {std::max(a, b), y + r * 0.8f}, color, r * 0.2f);
      break;
    }
    case Icon::folder:
      list.AddRectFilled({x - r, y - r * 0.75f}, {x - r * 0.05f, y}, color, r * 0.2f);
      list.AddRectFilled({x - r, y - r * 0.45f}, {x + r, y + r * 0.75f}, color, r * 0.2f);
      break;
  }
}

void rest_on(const Look& look, ImGuiID id, std::string_view text) {
  if (text.empty()) return;
  constexpr double delay = 0.5;
  Memory::Rest& rest = look.memory->rest;
  const double now = ImGui::GetTime();
  const int frame = ImGui::GetFrameCount();
  if (rest.id != id || rest.last_frame < frame - 1) rest = {id, now, frame};
  rest.last_frame = frame;
  if (ImGui::IsMouseDown(0) || look.memory->edit.id != 0) rest.since = now;
  if (now - rest.since < delay) {
    look.memory->wake(delay - (now - rest.since) + 1e-3);
    return;
  }
  const std::size_t first = std::min(text.find('\n'), text.size());
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.px(10), look.px(8)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.px(8), look.px(4)});
  ImGui::BeginTooltip();
  const float width = look.px(340);
  ImGui::PushTextWrapPos(width);
  ImGui::TextUnformatted(drawable(text.substr(0, first), width).c_str());
  if (first + 1 < text.size()) {
    ImGui::PushStyleColor(ImGuiCol_Text, look.muted);
    ImGui::TextUnformatted(drawable(text.substr(first + 1), width).c_str());
    ImGui::PopStyleColor();
  }
  ImGui::PopTextWrapPos();
  if (look.items != nullptr)
    log_item(look, "##tooltip", ImGui::GetWindowPos(),
             {ImGui::GetWindowPos().x + ImGui::GetWindowWidth(),
              ImGui::GetWindowPos().y + ImGui::GetWindowHeight()},
             text);
  ImGui::EndTooltip();
  ImGui::PopStyleVar(2);
}

void tooltip(const Look& look, std::string_view text) {
  if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  const ScreenRect box = last_item();
  const std::array<float, 2> place{box.low.x, box.low.y};
  rest_on(look, ImHashData(place.data(), sizeof place), text);
}

void tooltip(const Look& look, const std::function<std::string()>& make) {
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) tooltip(look, make());
}

std::string fitted(std::string_view text, float width) {
  if (text_size(text).x <= width) return std::string(text);
  constexpr std::string_view ellipsis = "…";
  const float room = width - text_size(ellipsis).x;
  // The longest beginning that fits and does not end inside a character.
  const auto whole = [&](std::size_t length) {
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
      --length;
    return length;
  };
  std::size_t fits = 0, too_long = text.size();
  while (fits + 1 < too_long) {
    const std::size_t middle = (fits + too_long) / 2;
    (text_size(text.substr(0, whole(middle))).x <= room ? fits : too_long) = middle;
  }
  std::string cut(text.substr(0, whole(fits)));
  while (!cut.empty() && cut.back() == ' ') cut.pop_back();
  return cut + std::string(ellipsis);
}

}  // namespace gatescope::ui
