#include <algorithm>
#include <cmath>
#include <utility>

#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/kit/letters.h"

namespace gatescope::ui {
namespace {

/// A line of text under a field, or over it where there is no room; it ends where the field does.
void draw_below(const Look& look, const ScreenRect& box, std::string_view label, const std::string& text,
                ImU32 edge) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float padding = look.px(8), most = display.x - 2 * padding - look.px(8);
  const std::string words = fitted(text, most);
  const float width = text_size(words).x + 2 * padding, height = look.px(24);
  const float x =
      std::clamp(box.high.x - width, look.px(4), std::max(look.px(4), display.x - width - look.px(4)));
  const bool below = box.high.y + height + look.px(8) < display.y;
  const float y = below ? box.high.y + look.px(4) : box.low.y - height - look.px(4);
  ImDrawList* list = ImGui::GetForegroundDrawList();
  list->AddRectFilled({x, y}, {x + width, y + height}, look.popup, look.px(5));
  list->AddRect({x, y}, {x + width, y + height}, edge, look.px(5), 0, std::max(1.0f, look.px(1)));
  list->AddText({std::round(x + padding), std::round(y + (height - ImGui::GetFontSize()) / 2)}, look.text,
                drawable(words).c_str());
  log_item(look, label, {x, y}, {x + width, y + height}, text);
}

}  // namespace

void start_edit(Memory& memory, ImGuiID id, const std::string& text) {
  memory.edit = {id, text, text, 0, false, ImGui::GetFrameCount()};
  memory.again = true;
}

std::optional<std::string> edit_field(const Look& look, ImGuiID id, const ScreenRect& box, bool right) {
  Memory& memory = *look.memory;
  Memory::Edit& edit = memory.edit;
  edit.last_frame = ImGui::GetFrameCount();
  const AsItIs as_it_is;
  // ImGui aligns text to the left only; a wider padding moves it to the right while all of it fits.
  const float pad = look.px(8), text = text_size(edit.text).x, spare = look.px(12);
  const bool fits = text + spare + 2 * pad < box.width();
  const float padding = right && fits ? std::round(box.width() - pad - text - look.px(1)) : pad;

  ImGui::SetCursorScreenPos(box.low);
  ImGui::PushID(static_cast<int>(id));
  if (!edit.active) {
    ImGui::SetKeyboardFocusHere();
    ++edit.focus_frames;
    memory.again = true;
  }
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding,
                      {padding, std::floor((box.height() - ImGui::GetFontSize()) / 2)});
  compat::push_tab_stop(false);
  ImGui::SetNextItemWidth(box.width());
  input_text("##edit", edit.text,
             ImGuiInputTextFlags_AutoSelectAll | ImGuiInputTextFlags_EnterReturnsTrue |
                 (fits ? ImGuiInputTextFlags_NoHorizontalScroll : ImGuiInputTextFlags_None));
  compat::pop_tab_stop();
  ImGui::PopStyleVar();
  bool active = ImGui::IsItemActive();
  outline(box, look.text, look.px(5), std::max(1.0f, look.px(1.5f)));
  ImGui::PopID();

  if (active && compat::pressed(Key::tab)) {
    active = false;
    ImGui::ClearActiveID();
    step_focus(memory.focus, id, ImGui::GetIO().KeyShift ? -1 : 1);
    memory.again = true;
  }
  if (active) {
    edit.active = true;
    // The field shows its letters one by one, from the left; this is how they will be read.
    if (is_shaped(edit.text)) draw_below(look, box, "##as read", edit.text, look.separator);
    return {};
  }
  if (!edit.active) {
    constexpr int patience = 4;  // frames; something else holds on to the keyboard
    if (edit.focus_frames > patience) edit = {};
    return {};
  }
  const Memory::Edit done = std::exchange(edit, {});
  memory.again = true;
  if (compat::pressed(Key::escape) || done.text == done.before) return {};
  return done.text;
}

void notice(const Look& look, ImGuiID id, std::string text) {
  look.memory->notice = {id, std::move(text), ImGui::GetTime() + 3};
}

void draw_notice(const Look& look, ImGuiID id, const ScreenRect& box) {
  Memory::Notice& notice = look.memory->notice;
  if (notice.id != id) return;
  const double left = notice.until - ImGui::GetTime();
  if (left <= 0 || ImGui::IsMouseClicked(0)) {
    notice = {};
    return;
  }
  look.memory->wake(left);
  const WithFont font(look.small);
  draw_below(look, box, "##notice", notice.text, look.danger);
}

Row begin_row(const Look& look, const char* label, float field_points, std::optional<ImU32> color) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = std::max(ImGui::GetContentRegionAvail().x, look.px(40));
  const float height = std::round(look.px(row_points)), gap = look.px(8);
  const std::string_view text = shown(label);
  const float label_width = std::ceil(text_size(text).x);
  const float least = std::min(look.px(56), width * 0.6f);
  const float field = std::floor(std::min(look.px(field_points), std::max(width - label_width - gap, least)));
  Row row{{low, {low.x + width, low.y + height}}, {}};
  row.field = {{std::round(row.all.high.x - field), low.y}, row.all.high};
  draw_text(low.x, row.all.middle().y, color ? legible(look, *color) : look.text,
            fitted(text, width - field - gap));
  return row;
}

void end_row(const Look& look, const Row& row, const char* label, std::string_view tip) {
  if (tip.empty()) return;
  const float room = row.field.low.x - row.all.low.x - look.px(8);
  underline_term(look, row.all.low.x, row.all.low.x + std::min(text_size(shown(label)).x, room),
                 row.all.middle().y + ImGui::GetFontSize() / 2);
  if (!ImGui::IsWindowHovered() || !ImGui::IsMouseHoveringRect(row.all.low, row.all.high)) return;
  rest_on(look, ImGui::GetID(label), row.all, tip, Beside::aside);
}

bool text_field(const Look& look, const char* id, std::string& value, float width, std::string_view hint) {
  Memory& memory = *look.memory;
  const ImGuiID own = ImGui::GetID(id);
  const ImVec2 low = ImGui::GetCursorScreenPos();
  if (width <= 0) width = std::max(ImGui::GetContentRegionAvail().x + width, look.px(40));
  const ScreenRect box{low, {low.x + width, low.y + std::round(look.px(row_points))}};
  const KeyFocus keys = key_focus(look, own, box.low, box.high);
  if (memory.edit.id != own && (keys.arrived || keys.pressed)) start_edit(memory, own, value);
  if (memory.edit.id == own) {
    const auto text = edit_field(look, own, box, false);
    log_item(look, id, box.low, box.high, memory.edit.id == own ? memory.edit.text : value);
    if (!text) return false;
    value = *text;
    return true;
  }
  if (ImGui::InvisibleButton(id, box.size())) start_edit(memory, own, value);
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
  fill(box, ground(look, hovered, false), look.px(5));
  const float pad = look.px(8), room = box.width() - 2 * pad;
  if (value.empty()) {
    draw_text(box.low.x + pad, box.middle().y, look.muted, fitted(hint, room));
  } else {
    const AsItIs as_it_is;
    draw_text(box.low.x + pad, box.middle().y, look.text, fitted(value, room));
  }
  log_item(look, id, value);
  return false;
}

}  // namespace gatescope::ui
