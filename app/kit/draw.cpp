#include "app/kit/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/kit/item_log.h"
#include "app/kit/letters.h"

namespace gatescope::ui {

ImVec2 text_size(std::string_view text) {
  Letters& letters = Letters::present();
  return letters.size(letters.told(text));
}

void draw_text(float x, float middle_y, ImU32 color, std::string_view text) {
  const float top = std::round(middle_y - ImGui::GetFontSize() / 2);
  ImGui::GetWindowDrawList()->AddText({std::round(x), top}, color, drawable(text).c_str());
  const Look& look = Letters::present().look();
  if (look.items != nullptr) log_text(look, told(text), {std::round(x), top}, text_size(text));
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

void hatch(const Look& look, const ScreenRect& box, ImU32 color) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(box.low, box.high, true);
  const float apart = std::max(3.0f, std::round(look.px(5)));
  for (float x = box.low.x - box.height(); x < box.high.x; x += apart)
    list.AddLine({x, box.high.y}, {x + box.height(), box.low.y}, color, std::max(1.0f, look.px(1)));
  list.PopClipRect();
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
    case Icon::lock: {
      const float line = std::max(1.0f, size * 0.15f), radius = r * 0.5f, top = y - r * 0.1f;
      list.PathLineTo({x - radius, top});
      list.PathArcTo({x, top - r * 0.3f}, radius, 3.14159f, 2 * 3.14159f, 10);
      list.PathLineTo({x + radius, top});
      list.PathStroke(color, 0, line);
      list.AddRectFilled({x - r * 0.8f, top}, {x + r * 0.8f, y + r}, color, r * 0.2f);
      break;
    }
    case Icon::folder:
      list.AddRectFilled({x - r, y - r * 0.75f}, {x - r * 0.05f, y}, color, r * 0.2f);
      list.AddRectFilled({x - r, y - r * 0.45f}, {x + r, y + r * 0.75f}, color, r * 0.2f);
      break;
  }
}

ImVec2 place_beside(const ScreenRect& item, ImVec2 size, ImVec2 window, float gap, Beside where) {
  const auto along = [](float low, float length, float room) {
    return std::round(std::clamp(low, 0.0f, std::max(0.0f, room - length)));
  };
  const float x = along(item.low.x, size.x, window.x), y = along(item.low.y, size.y, window.y);
  struct Side {
    float room;  // beyond what is needed
    ImVec2 at;
  };
  const Side below{window.y - item.high.y - gap - size.y, {x, std::round(item.high.y + gap)}},
      above{item.low.y - gap - size.y, {x, std::round(item.low.y - gap - size.y)}},
      right{window.x - item.high.x - gap - size.x, {std::round(item.high.x + gap), y}},
      left{item.low.x - gap - size.x, {std::round(item.low.x - gap - size.x), y}};
  const std::array<Side, 4> sides =
      where == Beside::below ? std::array{below, above, right, left} : std::array{right, left, below, above};
  for (const Side& side : sides)
    if (side.room >= 0) return side.at;
  const ImVec2 most = std::ranges::max_element(sides, {}, &Side::room)->at;
  return {along(most.x, size.x, window.x), along(most.y, size.y, window.y)};
}

namespace {

/// A heading, if there is one, above wrapped text.
void draw_tip(const Look& look, const ScreenRect& item, std::string_view heading, std::string_view body,
              Beside where) {
  const ImVec2 padding{look.px(10), look.px(8)};
  const float width = look.px(340), gap = look.px(4);
  const std::string first = drawable(heading, width), rest = drawable(body, width);
  const auto size_of = [&](const std::string& text) {
    return text.empty() ? ImVec2{0, 0} : ImGui::CalcTextSize(text.c_str(), nullptr, false, width);
  };
  const ImVec2 one = size_of(first), two = size_of(rest);
  const ImVec2 size{std::max(one.x, two.x) + 2 * padding.x + 2,
                    one.y + two.y + (!first.empty() && !rest.empty() ? gap : 0) + 2 * padding.y + 2};
  ImGui::SetNextWindowPos(place_beside(item, size, ImGui::GetIO().DisplaySize, look.px(6), where));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.px(8), gap});
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(padding.x + width);
  if (!first.empty()) ImGui::TextUnformatted(first.c_str());
  if (!rest.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, first.empty() ? look.text : look.muted);
    ImGui::TextUnformatted(rest.c_str());
    ImGui::PopStyleColor();
  }
  ImGui::PopTextWrapPos();
  if (look.items != nullptr)
    log_item(look, "##tooltip", ImGui::GetWindowPos(),
             {ImGui::GetWindowPos().x + ImGui::GetWindowWidth(),
              ImGui::GetWindowPos().y + ImGui::GetWindowHeight()},
             heading.empty() ? std::string(body)
                             : std::string(heading) + (body.empty() ? "" : "\n" + std::string(body)));
  ImGui::EndTooltip();
  ImGui::PopStyleVar(2);
}

}  // namespace

void rest_on(const Look& look, ImGuiID id, const ScreenRect& item, std::string_view text, Beside where) {
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
  draw_tip(look, item, text.substr(0, first), text.substr(std::min(first + 1, text.size())), where);
}

void tell_beside(const Look& look, const ScreenRect& item, std::string_view lines, Beside where) {
  if (!lines.empty()) draw_tip(look, item, {}, lines, where);
}

void underline_term(const Look& look, float left, float right, float base) {
  const float dot = std::max(1.0f, std::round(look.px(1))), step = std::round(look.px(3));
  const float y = std::round(base);
  ImDrawList* list = ImGui::GetWindowDrawList();
  for (float x = std::round(left); x + dot <= right; x += step)
    list->AddRectFilled({x, y}, {x + dot, y + dot}, faded(look.muted, 0.7f));
}

namespace {

void tip_of_last_item(const Look& look, std::string_view text, Beside where) {
  if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  const ScreenRect box = last_item();
  const std::array<float, 2> place{box.low.x, box.low.y};
  rest_on(look, ImHashData(place.data(), sizeof place), box, text, where);
}

}  // namespace

void tooltip(const Look& look, std::string_view text) {
  tip_of_last_item(look, text, Beside::below);
}

void tooltip_aside(const Look& look, std::string_view text) {
  tip_of_last_item(look, text, Beside::aside);
}

void tooltip(const Look& look, const std::function<std::string()>& make) {
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) tooltip(look, make());
}

std::string fitted(std::string_view english, float width) {
  const std::string text = told(english);
  if (text_size(text).x <= width) return text;
  const AsItIs as_it_is;  // what is measured are parts of it
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
    (text_size(std::string_view(text).substr(0, whole(middle))).x <= room ? fits : too_long) = middle;
  }
  std::string cut = text.substr(0, whole(fits));
  while (!cut.empty() && cut.back() == ' ') cut.pop_back();
  return cut + std::string(ellipsis);
}

}  // namespace gatescope::ui
