#include <algorithm>

#include "app/kit/look.h"

namespace gatescope::ui {

ImU32 to_imgui(plot::Color color) {
  const auto bytes = plot::bytes(color);
  return IM_COL32(bytes[0], bytes[1], bytes[2], bytes[3]);
}

plot::Color from_imgui(ImU32 color) {
  const auto part = [&](int shift) { return static_cast<float>(color >> shift & 255) / 255; };
  return {part(IM_COL32_R_SHIFT), part(IM_COL32_G_SHIFT), part(IM_COL32_B_SHIFT), part(IM_COL32_A_SHIFT)};
}

ImU32 faded(ImU32 color, float opacity) {
  const auto alpha = static_cast<float>(color >> IM_COL32_A_SHIFT & 255) * std::clamp(opacity, 0.0f, 1.0f);
  return (color & ~IM_COL32_A_MASK) | static_cast<ImU32>(alpha + 0.5f) << IM_COL32_A_SHIFT;
}

ImU32 Look::color(const plot::Ink& ink) const {
  return to_imgui(theme.color(ink));
}

Look make_look(plot::ThemeName name, float monitor, float text) {
  const auto tone = [](unsigned hex) { return to_imgui(plot::rgb(hex)); };
  Look look;
  look.theme = plot::make_theme(name);
  look.scale = std::clamp(monitor, 0.5f, 8.0f) * look.theme.type * std::clamp(text, 0.5f, 6.0f);
  look.card = to_imgui(look.theme.panel);
  look.text = to_imgui(look.theme.text);
  look.muted = to_imgui(look.theme.muted);
  look.cursor = to_imgui(look.theme.cursor);
  look.halo = to_imgui(look.theme.halo);
  look.forced = look.color({plot::InkRole::forced});
  look.on_forced = tone(0x1d1403);
  if (name == plot::ThemeName::dark) {
    look.background = tone(0x14161a);
    look.field = tone(0x252932);
    look.hovered = tone(0x2e333e);
    look.pressed = tone(0x3b424f);
    look.popup = tone(0x232730);
    look.separator = tone(0x2a2e36);
    look.disabled = tone(0x5d6571);
    look.accent = tone(0x2f6fe0);
    look.on_accent = tone(0xffffff);
    look.forced_ground = tone(0x3a2a12);
    look.forced_text = tone(0xffd58a);
    look.danger = tone(0xff7a6b);
    return look;
  }
  const bool projector = name == plot::ThemeName::projector;
  look.background = tone(projector ? 0xebedf1 : 0xf1f3f6);
  look.field = tone(projector ? 0xd9dee6 : 0xe2e6ec);
  look.hovered = tone(projector ? 0xccd3dd : 0xd7dce4);
  look.pressed = tone(projector ? 0xb9c2cf : 0xc6cdd8);
  look.popup = tone(0xffffff);
  look.separator = tone(projector ? 0xc3c9d3 : 0xd9dde4);
  look.disabled = tone(projector ? 0x848c98 : 0x959daa);
  look.accent = tone(projector ? 0x1f5fd0 : 0x2567dc);
  look.on_accent = tone(0xffffff);
  look.forced_ground = tone(0xfff0cc);
  look.forced_text = tone(0x5c3b00);
  look.danger = tone(0xb3261e);
  return look;
}

ImGuiStyle make_style(const Look& look) {
  ImGuiStyle style;
  const auto px = [&](float points) { return look.px(points); };
  style.WindowPadding = {px(12), px(12)};
  style.FramePadding = {px(8), px(4)};
  style.ItemSpacing = {px(12), px(12)};
  style.ItemInnerSpacing = {px(8), px(4)};
  style.IndentSpacing = px(12);
  style.ScrollbarSize = px(8);
  style.ScrollbarRounding = px(4);
  style.GrabMinSize = px(24);
  style.GrabRounding = px(4);
  style.WindowRounding = style.PopupRounding = look.radius();
  style.ChildRounding = 0;
  style.FrameRounding = px(5);
  style.WindowBorderSize = style.ChildBorderSize = style.FrameBorderSize = 0;
  style.PopupBorderSize = std::max(1.0f, px(1));
  style.WindowMinSize = {px(32), px(32)};
  style.DisplaySafeAreaPadding = {px(4), px(4)};
  style.DisabledAlpha = 0.5f;
  style.CurveTessellationTol = 0.8f;
  style.CircleTessellationMaxError = 0.2f;

  const auto set = [&](ImGuiCol which, ImU32 color) {
    style.Colors[which] = ImGui::ColorConvertU32ToFloat4(color);
  };
  constexpr ImU32 nothing = 0;
  set(ImGuiCol_Text, look.text);
  set(ImGuiCol_TextDisabled, look.muted);
  set(ImGuiCol_WindowBg, look.background);
  set(ImGuiCol_ChildBg, nothing);
  set(ImGuiCol_PopupBg, look.popup);
  set(ImGuiCol_Border, look.separator);
  set(ImGuiCol_BorderShadow, nothing);
  set(ImGuiCol_FrameBg, look.field);
  set(ImGuiCol_FrameBgHovered, look.field);
  set(ImGuiCol_FrameBgActive, look.field);
  set(ImGuiCol_MenuBarBg, look.background);
  set(ImGuiCol_ScrollbarBg, nothing);
  set(ImGuiCol_ScrollbarGrab, look.separator);
  set(ImGuiCol_ScrollbarGrabHovered, look.pressed);
  set(ImGuiCol_ScrollbarGrabActive, look.pressed);
  set(ImGuiCol_CheckMark, look.accent);
  set(ImGuiCol_Button, look.field);
  set(ImGuiCol_ButtonHovered, look.hovered);
  set(ImGuiCol_ButtonActive, look.pressed);
  set(ImGuiCol_Header, look.hovered);
  set(ImGuiCol_HeaderHovered, look.hovered);
  set(ImGuiCol_HeaderActive, look.pressed);
  set(ImGuiCol_Separator, look.separator);
  set(ImGuiCol_TextSelectedBg, faded(look.accent, 0.4f));
  set(ImGuiCol_NavHighlight, nothing);
  set(ImGuiCol_ModalWindowDimBg, faded(IM_COL32(0, 0, 0, 255), 0.45f));
  return style;
}

}  // namespace gatescope::ui
