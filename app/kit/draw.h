#pragma once

// What the controls are made of; nothing but their sources includes this.

#include <imgui.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/kit/imgui_compat.h"
#include "app/kit/item_log.h"
#include "app/kit/memory.h"
#include "app/kit/widgets.h"

namespace gatescope::ui {

/// A font for as long as it lives.
class WithFont {
 public:
  explicit WithFont(ImFont* font) { compat::push_font(font); }
  WithFont(const WithFont&) = delete;
  WithFont& operator=(const WithFont&) = delete;
  ~WithFont() { ImGui::PopFont(); }
};

struct ScreenRect {
  ImVec2 low, high;
  float width() const { return high.x - low.x; }
  float height() const { return high.y - low.y; }
  ImVec2 size() const { return {width(), height()}; }
  ImVec2 middle() const { return {(low.x + high.x) / 2, (low.y + high.y) / 2}; }
};

inline ScreenRect last_item() {
  return {ImGui::GetItemRectMin(), ImGui::GetItemRectMax()};
}

/// What is shown of a label: all before "##".
inline std::string_view shown(std::string_view label) {
  return label.substr(0, label.find("##"));
}

ImVec2 text_size(std::string_view text);
/// In the present font, its left edge at x, centred on y, on whole pixels.
void draw_text(float x, float middle_y, ImU32 color, std::string_view text);
void draw_text_right(float right, float middle_y, ImU32 color, std::string_view text);
void draw_text_centred(ImVec2 middle, ImU32 color, std::string_view text);
/// "Next character" as "NEXT CHARACTER"; only ASCII and Latin-1 letters have capitals here.
std::string capitals(std::string_view text);
void fill(const ScreenRect& box, ImU32 color, float radius);
void outline(const ScreenRect& box, ImU32 color, float radius, float thickness);
ImU32 mixed(ImU32 first, ImU32 second, float part);

/// A quantity's colour as it is for words on a card: with the text's tone mixed in until it can be read.
ImU32 legible(const Look& look, ImU32 color);

/// The ground of something that can be pressed.
ImU32 ground(const Look& look, bool hovered, bool held);

/// Thin diagonals over a box: what is forced has them, so that it can be told without its colour.
void hatch(const Look& look, const ScreenRect& box, ImU32 color);
void draw_icon(Icon icon, ImVec2 middle, float size, ImU32 color);

/// Where an explanation stands: beside what it explains, never over it.
enum class Beside {
  below,  ///< else above, to the right, to the left
  aside,  ///< to the right, else to the left, below, above: of one of several lines
};
/// The upper left corner of something so large beside an item within a window; where there is no room on any
/// side, on that with the most.
ImVec2 place_beside(const ScreenRect& item, ImVec2 size, ImVec2 window, float gap, Beside where);

/// A tooltip for whatever `id` is, called while the pointer is over it.
void rest_on(const Look& look, ImGuiID id, const ScreenRect& item, std::string_view text,
             Beside where = Beside::below);

/// Lines at once, beside what they tell of: the values at the pointer.
void tell_beside(const Look& look, const ScreenRect& item, std::string_view lines,
                 Beside where = Beside::below);

/// Marks characters in the field of input_lines (letters.h) of that label that was drawn last, [begin, end)
/// each, in the font it was drawn in.
void mark_in_lines(const char* label, const std::string& text,
                   const std::vector<std::pair<std::size_t, std::size_t>>& places, ImU32 color);

/// Dots under a word that has an explanation.
void underline_term(const Look& look, float left, float right, float base);

// Rows and fields.

inline constexpr float row_points = 24, number_points = 92, text_points = 132;

/// A row's label, drawn, and where its field is.
struct Row {
  ScreenRect all, field;
};
Row begin_row(const Look& look, const char* label, float field_points, std::optional<ImU32> color = {});
/// Its tooltip.
void end_row(const Look& look, const Row& row, const char* label, std::string_view tip);

void start_edit(Memory& memory, ImGuiID id, const std::string& text);
/// The field while it is typed in; its new text where it was committed and is not what it was.
std::optional<std::string> edit_field(const Look& look, ImGuiID id, const ScreenRect& box, bool right);
/// A sentence under the field for a moment.
void notice(const Look& look, ImGuiID id, std::string text);
void draw_notice(const Look& look, ImGuiID id, const ScreenRect& box);

}  // namespace gatescope::ui
