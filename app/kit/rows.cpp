#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/kit/letters.h"
#include "app/kit/list_cursor.h"
#include "core/number_from_chars.h"

namespace gatescope::ui {
namespace {

std::string written(int value) {
  return fmt::format("{}", value);
}
std::string written(double value) {
  return fmt::format("{}", value);
}

/// The same in at most nine characters.
std::string displayed(int value) {
  return written(value);
}
std::string displayed(double value) {
  const std::string all = written(value);
  return all.size() <= 9 ? all : fmt::format("{:.4g}", value);
}

template <class Number>
std::optional<Number> read(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  Number value{};
  const auto [end, error] = number_from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return {};
  if (error == std::errc::result_out_of_range && std::is_same_v<Number, int>)
    return text.front() == '-' ? std::numeric_limits<Number>::lowest() : std::numeric_limits<Number>::max();
  if (error != std::errc{} || !std::isfinite(static_cast<double>(value))) return {};
  return value;
}

double rounded(double value, int digits) {
  if (value == 0) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - digits + 1);
  const double inverse = std::round(1 / unit);
  return inverse >= 1 ? std::round(value * inverse) / inverse : std::round(value / unit) * unit;
}

/// Where a drag of so many points takes a value: by factors where the range spans some, else by steps.
double dragged(double start, double points, double low, double high, bool whole) {
  double value = start;
  if (low > 0 && high / low >= 100 && start > 0 && !whole) {
    value = rounded(start * std::exp(points * 0.01), 2);
  } else {
    const double span = std::min(high - low, std::max(std::abs(start) * 4, whole ? 50.0 : 1.0));
    value = start + points * span / 300;
    value = whole ? std::round(value) : rounded(value, 3);
  }
  return std::clamp(value, low, high);
}

template <class Number>
bool commit(const Look& look, ImGuiID id, std::string_view text, Number& value, Number low, Number high) {
  const std::optional<Number> typed = read<Number>(text);
  if (!typed) {
    notice(look, id,
           fmt::format("“{}” is not a {}number", fitted(text, look.px(120)),
                       std::is_same_v<Number, int> ? "whole " : ""));
    return false;
  }
  const Number within = std::clamp(*typed, low, high);
  if (within != *typed) notice(look, id, fmt::format("{} to {}", displayed(low), displayed(high)));
  if (within == value) return false;
  value = within;
  return true;
}

template <class Number>
bool number(const Look& look, const char* label, Number& value, Number low, Number high,
            std::string_view tip) {
  Memory& memory = *look.memory;
  const ImGuiID id = ImGui::GetID(label);
  const Row row = begin_row(look, label, number_points);
  const KeyFocus keys = key_focus(look, id, row.field.low, row.field.high);
  if (memory.edit.id != id && (keys.arrived || keys.pressed)) start_edit(memory, id, written(value));
  bool changed = false;
  if (memory.edit.id == id) {
    const auto text = edit_field(look, id, row.field, true);
    if (text) changed = commit(look, id, *text, value, low, high);
    log_item(look, label, row.field.low, row.field.high,
             memory.edit.id == id ? memory.edit.text : written(value));
    draw_notice(look, id, row.field);
    return changed;
  }

  ImGui::SetCursorScreenPos(row.field.low);
  ImGui::InvisibleButton(label, row.field.size());
  const bool hovered = ImGui::IsItemHovered(), held = ImGui::IsItemActive();
  Memory::Drag& drag = memory.drag;
  if (ImGui::IsItemActivated()) drag = {id, static_cast<double>(value), false, 0};
  if (drag.id == id) {
    drag.last_frame = ImGui::GetFrameCount();
    const float moved = ImGui::GetIO().MousePos.x - ImGui::GetIO().MouseClickedPos[0].x;
    if (std::abs(moved) > look.px(4)) drag.moved = true;
    if (held && drag.moved)
      drag.value = dragged(static_cast<double>(value), static_cast<double>(moved / look.scale),
                           static_cast<double>(low), static_cast<double>(high), std::is_same_v<Number, int>);
    if (held && compat::pressed(Key::escape)) {
      drag = {};
      ImGui::ClearActiveID();
    } else if (!held) {
      if (!drag.moved) {
        start_edit(memory, id, written(value));
      } else if (const auto now = static_cast<Number>(drag.value); now != value) {
        value = now;
        changed = true;
      }
      drag = {};
    }
  }
  if (hovered || held) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  fill(row.field, ground(look, hovered, held), look.px(5));
  const Number visible = drag.id == id ? static_cast<Number>(drag.value) : value;
  const float pad = look.px(8);
  draw_text_right(row.field.high.x - pad, row.field.middle().y, look.text,
                  fitted(displayed(visible), row.field.width() - 2 * pad));
  log_item(look, label, row.field.low, row.field.high, written(visible));
  draw_notice(look, id, row.field);
  if (!held) end_row(look, row, label, tip);
  return changed;
}

}  // namespace

bool number_row(const Look& look, const char* label, int& value, int low, int high, std::string_view tip) {
  return number(look, label, value, low, high, tip);
}

bool number_row(const Look& look, const char* label, double& value, double low, double high,
                std::string_view tip) {
  return number(look, label, value, low, high, tip);
}

bool text_row(const Look& look, const char* label, std::string& value, std::string_view tip) {
  Memory& memory = *look.memory;
  const ImGuiID id = ImGui::GetID(label);
  const Row row = begin_row(look, label, text_points);
  const KeyFocus keys = key_focus(look, id, row.field.low, row.field.high);
  if (memory.edit.id != id && (keys.arrived || keys.pressed)) start_edit(memory, id, value);
  if (memory.edit.id == id) {
    const auto text = edit_field(look, id, row.field, true);
    log_item(look, label, row.field.low, row.field.high, memory.edit.id == id ? memory.edit.text : value);
    if (text) value = *text;
    return text.has_value();
  }
  ImGui::SetCursorScreenPos(row.field.low);
  if (ImGui::InvisibleButton(label, row.field.size())) start_edit(memory, id, value);
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
  fill(row.field, ground(look, hovered, false), look.px(5));
  const float pad = look.px(8);
  {
    const AsItIs as_it_is;
    draw_text_right(row.field.high.x - pad, row.field.middle().y, look.text,
                    fitted(value, row.field.width() - 2 * pad));
  }
  log_item(look, label, value);
  end_row(look, row, label, tip);
  return false;
}

bool choice_row(const Look& look, const char* label, std::span<const std::string> names, int& chosen,
                std::string_view tip) {
  const Row row = begin_row(look, label, text_points);
  ImGui::PushID(label);
  ImGui::SetCursorScreenPos(row.field.low);
  const bool clicked = ImGui::InvisibleButton(label, row.field.size());
  const bool pressed = key_focus(look).pressed || clicked;
  const bool hovered = ImGui::IsItemHovered(), held = ImGui::IsItemActive();
  const std::string none,
      &name = chosen >= 0 && chosen < static_cast<int>(names.size()) ? names[chosen] : none;
  log_item(look, label, name);
  const bool open = ImGui::IsPopupOpen("##names");
  fill(row.field, ground(look, hovered || open, held), look.px(5));
  const float pad = look.px(8), arrow = look.px(4), middle = row.field.middle().y;
  const float tip_x = row.field.high.x - pad - arrow;
  const ImVec2 chevron[3]{
      {tip_x - arrow, middle - arrow / 2}, {tip_x, middle + arrow / 2}, {tip_x + arrow, middle - arrow / 2}};
  compat::polyline(*ImGui::GetWindowDrawList(), chevron, 3, look.muted, std::max(1.0f, look.px(1.5f)));
  const float right = tip_x - arrow - look.px(6);
  draw_text_right(right, middle, name.empty() ? look.muted : look.text,
                  fitted(name.empty() ? "choose" : name, right - row.field.low.x - pad));
  if (!held && !open) end_row(look, row, label, tip);

  if (pressed) ImGui::OpenPopup("##names");
  const float height = std::round(look.px(26)), margin = look.px(4);
  float width = row.field.width() - 2 * margin;
  if (pressed || open)
    for (const std::string& each : names) width = std::max(width, text_size(each).x + look.px(24));
  // As tall as the list, where there is room for it, on the side that has more.
  const float all = height * static_cast<float>(names.size()) + 2 * margin;
  const float room_below = ImGui::GetIO().DisplaySize.y - row.field.high.y - look.px(8),
              room_above = row.field.low.y - look.px(8);
  const bool below = room_below >= std::min(all, room_above);
  const float most = below ? room_below : room_above;
  ImGui::SetNextWindowPos({std::max(row.field.high.x, width + 2 * margin),
                           below ? row.field.high.y + look.px(3) : row.field.low.y - look.px(3)},
                          ImGuiCond_Always, {1, below ? 0.0f : 1.0f});
  ImGui::SetNextWindowSize({width + 2 * margin, std::min(all, most)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {margin, margin});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  bool changed = false;
  if (ImGui::BeginPopup("##names", ImGuiWindowFlags_NoMove)) {
    ListCursor cursor(look, static_cast<int>(names.size()), chosen);
    const int before = chosen;
    for (int i = 0; i < static_cast<int>(names.size()); ++i) {
      const std::string& each = names[i];
      ImGui::PushID(i);
      if (ImGui::InvisibleButton("##name", {std::max(ImGui::GetContentRegionAvail().x, 1.0f), height}) ||
          cursor.entered(i)) {
        changed = chosen != i;
        chosen = i;
        ImGui::CloseCurrentPopup();
      }
      ImGui::PopID();
      const ScreenRect box = last_item();
      if (look.items != nullptr)
        log_item(look, each + "##" + std::string(shown(label)), i == chosen ? "chosen" : "");
      if (cursor.at(i))
        fill(box, look.pressed, look.px(5));
      else if (i == before)
        fill(box, look.hovered, look.px(5));
      draw_text(box.low.x + look.px(10), box.middle().y, look.text, fitted(each, box.width() - look.px(20)));
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar(2);
  ImGui::PopID();
  return changed;
}

bool segmented_row_fits(const Look& look, const char* label, std::span<const char* const> labels) {
  float switch_width = look.px(4);
  {
    const WithFont font(look.small);
    for (const char* each : labels) switch_width += text_size(shown(each)).x + look.px(6);
  }
  const float label_width = std::ceil(text_size(shown(label)).x);
  return label_width + look.px(8) + switch_width <= ImGui::GetContentRegionAvail().x;
}

int segmented_row(const Look& look, const char* label, std::span<const char* const> labels, int chosen,
                  bool amber, std::optional<ImU32> color, std::string_view tip) {
  float natural = 4;
  {
    const WithFont font(look.small);
    for (const char* each : labels) natural += text_size(shown(each)).x / look.scale + 15;
  }
  const Row row = begin_row(look, label, natural, color);
  const float height = std::round(look.px(22));
  ImGui::SetCursorScreenPos({row.field.low.x, std::round(row.all.middle().y - height / 2)});
  const int now = segmented(look, label, labels, chosen, amber, row.field.width());
  end_row(look, row, label, tip);
  return now;
}

void value_row(const Look& look, std::string_view label, std::string_view value,
               std::optional<ImU32> value_color, std::optional<ImU32> label_color, bool term) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = std::max(ImGui::GetContentRegionAvail().x, look.px(40)), gap = look.px(8);
  const float height = std::round(look.px(20)), middle = low.y + height / 2;
  const float value_width = std::min(text_size(value).x, width * 0.7f);
  const std::string name = fitted(shown(label), width - value_width - gap);
  draw_text(low.x, middle, label_color ? legible(look, *label_color) : look.text, name);
  if (term) underline_term(look, low.x, low.x + text_size(name).x, middle + ImGui::GetFontSize() / 2);
  draw_text_right(low.x + width, middle, value_color.value_or(look.text), fitted(value, value_width + 1));
  ImGui::Dummy({width, height});
  log_item(look, label, value);
}

}  // namespace gatescope::ui
