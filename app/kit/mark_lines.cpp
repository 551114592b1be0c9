#include <fmt/format.h>

#include <algorithm>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "core/utf8.h"

namespace gatescope::ui {

void mark_in_lines(const char* label, const std::string& text,
                   const std::vector<std::pair<std::size_t, std::size_t>>& places, ImU32 color) {
  const ImGuiID id = ImGui::GetID(label);
  const std::string name = fmt::format("{}/{}_{:08X}", ImGui::GetCurrentWindow()->Name, label, id);
  ImGuiWindow* lines = ImGui::FindWindowByName(name.c_str());
  if (!lines) return;
  const ImGuiInputTextState* state = ImGui::GetInputTextState(id);
  const ImVec2 from{lines->DC.CursorStartPos.x - (state ? state->ScrollX : 0.0f), lines->DC.CursorStartPos.y};
  const std::u32string characters =
      decode_utf8(Letters::present().in_field(text), InvalidUtf8::replace, "the field");
  const float height = ImGui::GetFontSize();
  const auto width = [&](std::size_t begin, std::size_t end) {
    return ImGui::CalcTextSize(encode_utf8(characters.substr(begin, end - begin)).c_str()).x;
  };
  lines->DrawList->PushClipRect(lines->InnerClipRect.Min, lines->InnerClipRect.Max);
  const ImRect seen = lines->InnerClipRect;
  std::size_t at = 0, measured = 0;  // up to which the line is, and its width
  float x = from.x, y = from.y;
  for (std::size_t k = 0; k < places.size() && y < seen.Max.y; ++k) {
    const std::size_t begin = places[k].first;
    std::size_t end = places[k].second;
    if (end > characters.size()) break;
    // Neighbours are one mark, so that long ones cost little.
    while (k + 1 < places.size() && places[k + 1].first == end && places[k + 1].second <= characters.size() &&
           characters[end] != U'\n' && characters[end - 1] != U'\n')
      end = places[++k].second;
    for (; at < begin; ++at)
      if (characters[at] == U'\n') measured = at + 1, x = from.x, y += height;
    if (y + height < seen.Min.y) continue;
    x += width(measured, begin);
    measured = begin;
    const ImVec2 low{x, y};
    const ImVec2 high{low.x + std::max(width(begin, end), height * 0.3f), low.y + height};
    lines->DrawList->AddRectFilled(low, high, faded(color, 0.25f), 2);
    lines->DrawList->AddRect({low.x - 1, low.y}, {high.x + 1, high.y}, color, 2);
  }
  lines->DrawList->PopClipRect();
}

}  // namespace gatescope::ui
