#pragma once

#include <imgui.h>
#include <imgui_freetype.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <cstdint>
#if __has_include(<backends/imgui_impl_opengl3.h>)
#include <backends/imgui_impl_opengl3.h>
#else
#include <imgui_impl_opengl3.h>
#endif

#include "app/kit/keys.h"

/// All that differs between Dear ImGui 1.86 (Debian 12) and later ones up to 1.92.
namespace gatescope::ui::compat {

#if IMGUI_VERSION_NUM >= 18700
inline ImGuiKey to_imgui(Key key) {
  const auto from = [&](Key first, ImGuiKey imgui) {
    return static_cast<ImGuiKey>(imgui + (static_cast<int>(key) - static_cast<int>(first)));
  };
  if (key >= Key::a && key <= Key::z) return from(Key::a, ImGuiKey_A);
  if (key >= Key::digit_0 && key <= Key::digit_9) return from(Key::digit_0, ImGuiKey_0);
  if (key >= Key::f1 && key <= Key::f12) return from(Key::f1, ImGuiKey_F1);
  switch (key) {
    case Key::left:
      return ImGuiKey_LeftArrow;
    case Key::right:
      return ImGuiKey_RightArrow;
    case Key::up:
      return ImGuiKey_UpArrow;
    case Key::down:
      return ImGuiKey_DownArrow;
    case Key::home:
      return ImGuiKey_Home;
    case Key::end:
      return ImGuiKey_End;
    case Key::page_up:
      return ImGuiKey_PageUp;
    case Key::page_down:
      return ImGuiKey_PageDown;
    case Key::escape:
      return ImGuiKey_Escape;
    case Key::enter:
      return ImGuiKey_Enter;
    case Key::tab:
      return ImGuiKey_Tab;
    case Key::backspace:
      return ImGuiKey_Backspace;
    case Key::insert:
      return ImGuiKey_Insert;
    case Key::del:
      return ImGuiKey_Delete;
    case Key::space:
      return ImGuiKey_Space;
    default:
      return ImGuiKey_None;  // nothing in ImGui acts on the others
  }
}
#endif

/// Once after the context is made: its names for our keys.
inline void set_up_keys([[maybe_unused]] ImGuiIO& io) {
#if IMGUI_VERSION_NUM < 18700
  const auto map = [&](ImGuiKey imgui, Key key) { io.KeyMap[imgui] = static_cast<int>(key); };
  map(ImGuiKey_Tab, Key::tab);
  map(ImGuiKey_LeftArrow, Key::left);
  map(ImGuiKey_RightArrow, Key::right);
  map(ImGuiKey_UpArrow, Key::up);
  map(ImGuiKey_DownArrow, Key::down);
  map(ImGuiKey_PageUp, Key::page_up);
  map(ImGuiKey_PageDown, Key::page_down);
  map(ImGuiKey_Home, Key::home);
  map(ImGuiKey_End, Key::end);
  map(ImGuiKey_Insert, Key::insert);
  map(ImGuiKey_Delete, Key::del);
  map(ImGuiKey_Backspace, Key::backspace);
  map(ImGuiKey_Space, Key::space);
  map(ImGuiKey_Enter, Key::enter);
  map(ImGuiKey_Escape, Key::escape);
  map(ImGuiKey_A, Key::a);
  map(ImGuiKey_C, Key::c);
  map(ImGuiKey_V, Key::v);
  map(ImGuiKey_X, Key::x);
  map(ImGuiKey_Y, Key::y);
  map(ImGuiKey_Z, Key::z);
#else
  io.ConfigInputTrickleEventQueue = false;  // Gui spreads events over frames itself
#endif
}

inline void feed_key(ImGuiIO& io, Key key, bool down) {
#if IMGUI_VERSION_NUM < 18700
  io.KeysDown[static_cast<int>(key)] = down;
#else
  if (const ImGuiKey imgui = to_imgui(key); imgui != ImGuiKey_None) io.AddKeyEvent(imgui, down);
#endif
}

inline void feed_mods(ImGuiIO& io, Mods mods) {
#if IMGUI_VERSION_NUM < 18700
  io.KeyCtrl = mods.ctrl;
  io.KeyShift = mods.shift;
  io.KeyAlt = mods.alt;
#else
  io.AddKeyEvent(ImGuiMod_Ctrl, mods.ctrl);
  io.AddKeyEvent(ImGuiMod_Shift, mods.shift);
  io.AddKeyEvent(ImGuiMod_Alt, mods.alt);
#endif
}

inline void feed_mouse(ImGuiIO& io, float x, float y) {
#if IMGUI_VERSION_NUM < 18700
  io.MousePos = {x, y};
#else
  io.AddMousePosEvent(x, y);
#endif
}

inline void feed_button(ImGuiIO& io, int button, bool down) {
#if IMGUI_VERSION_NUM < 18700
  io.MouseDown[button] = down;
#else
  io.AddMouseButtonEvent(button, down);
#endif
}

inline void feed_wheel(ImGuiIO& io, float dx, float dy) {
#if IMGUI_VERSION_NUM < 18700
  io.MouseWheelH += dx;
  io.MouseWheel += dy;
#else
  io.AddMouseWheelEvent(dx, dy);
#endif
}

/// Went down in this frame.
inline bool pressed(Key key) {
#if IMGUI_VERSION_NUM < 18700
  return ImGui::IsKeyPressed(static_cast<int>(key), false);
#else
  return ImGui::IsKeyPressed(to_imgui(key), false);
#endif
}

/// The same, and again and again while it is held.
inline bool pressed_or_held(Key key) {
#if IMGUI_VERSION_NUM < 18700
  return ImGui::IsKeyPressed(static_cast<int>(key), true);
#else
  return ImGui::IsKeyPressed(to_imgui(key), true);
#endif
}

using ClipboardGet = const char* (*)(void* user);
using ClipboardSet = void (*)(void* user, const char* text);

/// `get` and `set` are handed `user`.
template <ClipboardGet get, ClipboardSet set>
void set_clipboard([[maybe_unused]] ImGuiIO& io, void* user) {
#if IMGUI_VERSION_NUM < 19110
  io.GetClipboardTextFn = get;
  io.SetClipboardTextFn = set;
  io.ClipboardUserData = user;
#else
  ImGuiPlatformIO& platform = ImGui::GetPlatformIO();
  platform.Platform_GetClipboardTextFn = [](ImGuiContext*) {
    return get(ImGui::GetPlatformIO().Platform_ClipboardUserData);
  };
  platform.Platform_SetClipboardTextFn = [](ImGuiContext*, const char* text) {
    set(ImGui::GetPlatformIO().Platform_ClipboardUserData, text);
  };
  platform.Platform_ClipboardUserData = user;
#endif
}

inline void polyline(ImDrawList& list, const ImVec2* points, int count, ImU32 color, float thickness,
                     bool closed = false) {
  const ImDrawFlags flags = closed ? ImDrawFlags_Closed : ImDrawFlags_None;
#if IMGUI_VERSION_NUM < 19200
  list.AddPolyline(points, count, color, flags, thickness);
#else
  list.AddPolyline(points, count, color, thickness, flags);
#endif
}

/// An OpenGL texture as ImGui's draw lists take it.
inline ImTextureID texture(unsigned id) {
  return (ImTextureID)(intptr_t)id;
}

inline void use_freetype(ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM < 19200
  atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
#else
  atlas.SetFontLoader(ImGuiFreeType::GetFontLoader());
#endif
}

#if IMGUI_VERSION_NUM < 19200
inline constexpr unsigned light_hinting = ImGuiFreeTypeBuilderFlags_LightHinting;
#else
inline constexpr unsigned light_hinting = ImGuiFreeTypeLoaderFlags_LightHinting;
#endif
inline void set_hinting(ImFontConfig& config) {
#if IMGUI_VERSION_NUM < 19200
  config.FontBuilderFlags = light_hinting;
#else
  config.FontLoaderFlags = light_hinting;
#endif
}

/// Uploads the atlas after it was made anew; later versions do that by themselves.
inline void replace_font_texture() {
#if IMGUI_VERSION_NUM < 19200
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

// Of the present font: whether an atlas has room for glyphs of our own, the pixels of its line as they are in
// the atlas, and how much larger they are drawn; whether it has a character, and the pixels of its advance.
#if IMGUI_VERSION_NUM < 19200
inline constexpr bool draws_pieces = true;
inline float built_size() {
  return ImGui::GetFont()->FontSize;
}
inline float enlarged() {
  return ImGui::GetFont()->Scale;
}
inline bool has_glyph(char32_t character) {
  return ImGui::GetFont()->FindGlyphNoFallback(static_cast<ImWchar>(character)) != nullptr;
}
inline float advance(char32_t character) {
  return ImGui::GetFont()->GetCharAdvance(static_cast<ImWchar>(character)) * enlarged();
}
#else
inline constexpr bool draws_pieces = false;
inline float built_size() {
  return ImGui::GetFontSize();
}
inline float enlarged() {
  return 1;
}
inline bool has_glyph(char32_t character) {
  return ImGui::GetFontBaked()->FindGlyphNoFallback(static_cast<ImWchar>(character)) != nullptr;
}
inline float advance(char32_t character) {
  return ImGui::GetFontBaked()->GetCharAdvance(static_cast<ImWchar>(character));
}
#endif

inline void push_font(ImFont* font) {
#if IMGUI_VERSION_NUM < 19200
  ImGui::PushFont(font);
#else
  ImGui::PushFont(font, font->LegacySize);
#endif
}

inline void push_tab_stop(bool stop) {
#if IMGUI_VERSION_NUM < 18940
  ImGui::PushAllowKeyboardFocus(stop);
#else
  ImGui::PushItemFlag(ImGuiItemFlags_NoTabStop, !stop);
#endif
}
inline void pop_tab_stop() {
#if IMGUI_VERSION_NUM < 18940
  ImGui::PopAllowKeyboardFocus();
#else
  ImGui::PopItemFlag();
#endif
}

/// The right edge of what is drawn next in this window, in pixels of the screen; hands the one before back.
inline float set_content_right(float right) {
  ImGuiWindow* window = ImGui::GetCurrentWindow();
  const float before = window->ContentRegionRect.Max.x;
  window->ContentRegionRect.Max.x = right;
  window->WorkRect.Max.x = right;
  return before;
}

/// How high the line is that the next item joins; kept where several items are drawn as one.
inline float line_height() {
  return ImGui::GetCurrentWindow()->DC.CurrLineSize.y;
}
inline void set_line_height(float height) {
  ImGui::GetCurrentWindow()->DC.CurrLineSize.y = height;
}

/// The ground behind a dialog is still growing darker.
inline bool fading() {
  const float ratio = ImGui::GetCurrentContext()->DimBgRatio;
  return ratio > 0 && ratio < 1;
}

/// Ends whatever windows, groups and styles a frame has left open, and the frame.
inline void abandon_frame() {
#if IMGUI_VERSION_NUM < 19140
  while (ImGui::GetCurrentContext()->FontStack.Size > 0) ImGui::PopFont();
  ImGui::ErrorCheckEndFrameRecover(nullptr, nullptr);
  ImGui::EndFrame();
#else
  ImGui::EndFrame();  // recovers by itself
#endif
}

/// Whether a menu or list hangs down over everything else; a dialog is none.
inline bool list_open() {
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.OpenPopupStack.Size == 0) return false;
  const ImGuiWindow* window = context.OpenPopupStack.back().Window;
  return window == nullptr || (window->Flags & ImGuiWindowFlags_Modal) == 0;
}
inline bool modal_open() {
  return ImGui::GetCurrentContext()->OpenPopupStack.Size > 0 && !list_open();
}
/// Whether the window that is drawn is the one over all others.
inline bool takes_keys() {
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.OpenPopupStack.Size == 0) return true;
  const ImGuiWindow* top = context.OpenPopupStack.back().Window;
  return top != nullptr && ImGui::GetCurrentWindow()->RootWindow == top;
}

/// Scrolls the window that is drawn, where something of it is out of sight.
inline void scroll_to(float low, float high) {
  const ImGuiWindow* window = ImGui::GetCurrentWindow();
  if (low < window->InnerRect.Min.y || high > window->InnerRect.Max.y)
    ImGui::SetScrollFromPosY((low + high) / 2 - window->Pos.y, 0.5f);
}

/// Closes the menu or list that was opened last; false where there is none, or where it is a dialog.
inline bool close_top_popup() {
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  const int open = context.OpenPopupStack.Size;
  if (open == 0) return false;
  const ImGuiWindow* window = context.OpenPopupStack[open - 1].Window;
  if (window != nullptr && (window->Flags & ImGuiWindowFlags_Modal) != 0) return false;
  ImGui::ClosePopupToLevel(open - 1, true);
  return true;
}

}  // namespace gatescope::ui::compat
