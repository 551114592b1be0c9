#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/kit/letters.h"

namespace gatescope::ui {
std::string capitals(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 0; i < result.size(); ++i) {
    char& c = result[i];
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '\xc3' && i + 1 < result.size()) {
      const auto next = static_cast<unsigned char>(result[i + 1]);
      if (next >= 0xa0 && next <= 0xbe && next != 0xb7) result[i + 1] = static_cast<char>(next - 0x20);
    }
  }
  return result;
}

void begin_card(const Look& look, const char* id, std::string_view title, ImVec2 size) {
  Memory& memory = *look.memory;
  if (memory.cards.size() <= static_cast<std::size_t>(memory.open_cards)) memory.cards.emplace_back();
  Memory::Card& card = memory.cards[memory.open_cards++];
  card.low = ImGui::GetCursorScreenPos();
  card.line_height = compat::line_height();
  const float width = size.x > 0 ? size.x : std::max(ImGui::GetContentRegionAvail().x + size.x, look.px(40));
  card.child = size.y > 0;
  card.high = {card.low.x + width, card.low.y + size.y};
  const float padding = look.padding();
  if (card.child) {
    fill({card.low, card.high}, look.card, look.radius());
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {padding, padding});
    ImGui::BeginChild(id, {width, size.y}, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
    ImGui::PopStyleVar();
  } else {
    // The ground is drawn last, when the height is known, under the content.
    card.splitter.Split(ImGui::GetWindowDrawList(), 2);
    card.splitter.SetCurrentChannel(ImGui::GetWindowDrawList(), 1);
    ImGui::PushID(id);
    ImGui::SetCursorScreenPos({card.low.x + padding, card.low.y + padding});
    ImGui::BeginGroup();
    card.content_right = compat::set_content_right(card.high.x - padding);
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.px(8), look.px(5)});
  if (title.empty()) return;
  const WithFont font(look.caption);
  const std::string name = capitals(told(title));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float room = (card.child ? ImGui::GetContentRegionAvail().x : card.high.x - padding - at.x);
  const AsItIs as_it_is;
  draw_text(at.x, at.y + ImGui::GetFontSize() / 2, look.muted, fitted(name, room));
  ImGui::Dummy({1, std::round(ImGui::GetFontSize() + look.px(3))});
}

void end_card(const Look& look) {
  Memory& memory = *look.memory;
  Memory::Card& card = memory.cards[--memory.open_cards];
  ImGui::PopStyleVar();
  if (card.child) {
    ImGui::EndChild();
    return;
  }
  compat::set_content_right(card.content_right);
  ImGui::EndGroup();
  ImGui::PopID();
  card.high.y = std::round(ImGui::GetItemRectMax().y + look.padding());
  ImDrawList* list = ImGui::GetWindowDrawList();
  card.splitter.SetCurrentChannel(list, 0);
  fill({card.low, card.high}, look.card, look.radius());
  card.splitter.Merge(list);
  ImGui::SetCursorScreenPos(card.low);
  compat::set_line_height(card.line_height);
  ImGui::Dummy({card.high.x - card.low.x, card.high.y - card.low.y});
}

bool begin_modal(const Look& look, const char* id, std::string_view title, ImVec2 size_in_points) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float margin = look.px(16);
  const ImVec2 size{std::min(look.px(size_in_points.x), display.x - margin),
                    std::min(look.px(size_in_points.y), display.y - margin)};
  ImGui::SetNextWindowPos({std::round((display.x - size.x) / 2), std::round((display.y - size.y) / 2)});
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.px(16), look.px(14)});
  ImGui::PushStyleColor(ImGuiCol_PopupBg, look.card);
  const bool open = ImGui::BeginPopupModal(id, nullptr,
                                           ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                                               ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar();
  if (!open) return false;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float right = at.x + ImGui::GetContentRegionAvail().x, height = look.px(24);
  {
    const WithFont font(look.headline);
    draw_text(at.x, at.y + height / 2, look.text, fitted(title, right - at.x - height - look.px(8)));
  }
  ImGui::SetCursorScreenPos({right - height, at.y});
  const std::string name = "##close " + std::string(id);
  const bool clicked = ImGui::InvisibleButton(name.c_str(), {height, height});
  const bool pressed = key_focus(look).pressed || clicked;
  log_item(look, name);
  if (ImGui::IsItemHovered()) fill(last_item(), look.hovered, look.px(5));
  draw_icon(Icon::close, last_item().middle(), look.px(11), look.muted);
  if (pressed ||
      (look.memory->edit.id == 0 && ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows) &&
       compat::pressed(Key::escape)))
    ImGui::CloseCurrentPopup();
  return true;
}

void end_modal() {
  ImGui::EndPopup();
}

}  // namespace gatescope::ui
