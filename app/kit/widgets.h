#pragma once

#include <imgui.h>

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/kit/look.h"

/// The controls of the window. All are drawn by hand in the look's tones: no ImGui window chrome, no boxes in
/// boxes. Labels are ImGui ids as well ("Reset##transport").
namespace gatescope::ui {

/// primary: what is most likely wanted; running: what runs now, in blue and nothing else is.
enum class Kind { plain, primary, running, forced, quiet };
enum class Icon {
  play,
  pause,
  step_forward,
  step_back,
  to_start,
  to_end,
  loop,
  reverse,
  close,
  folder,
  plus,
  menu,
  left_column,
  right_column,
  lock
};

/// A rounded card with a title in small capitals (none where empty). Width 0: what is left; height 0: its
/// content. Always followed by end_card().
void begin_card(const Look& look, const char* id, std::string_view title, ImVec2 size = {0, 0});
void end_card(const Look& look);

/// True when pressed. `tip` is shown when the pointer rests on it. A negative width: all that is left.
bool button(const Look& look, const char* label, Kind kind = Kind::plain, std::string_view tip = {},
            ImVec2 size = {0, 0}, bool enabled = true);
bool icon_button(const Look& look, const char* id, Icon icon, Kind kind = Kind::plain,
                 std::string_view tip = {}, bool enabled = true);
/// One of several, side by side; returns the one chosen now. `amber`: the chosen one is forced.
int segmented(const Look& look, const char* id, std::span<const char* const> labels, int chosen,
              bool amber = false, float width = 0);
/// A switch with its label behind it; true when it was turned.
bool toggle(const Look& look, const char* label, bool& on, std::string_view tip = {});
/// Tabs in a row, the chosen one in the cards' tone; returns the one chosen now. `tips`: none, or one each.
/// `also`: none, or for each whether it is shown beside others. In a narrow row they stand closer. `pressed`
/// is set to the one that was pressed in this frame, chosen before or not.
int tabs(const Look& look, const char* id, std::span<const char* const> labels, int chosen,
         std::span<const std::string> tips = {}, std::span<const char> also = {}, float padding = 12,
         int* pressed = nullptr);

// Rows "label ......... value": the label on the left, a field at the right edge. Each returns true when a
// new value was committed (Enter, Tab, or the field left); Escape restores the old one. A number is typed
// after a click, or dragged to the left and right; one out of range is brought into it, and the field says
// so.
bool number_row(const Look& look, const char* label, int& value, int low, int high,
                std::string_view tip = {});
bool number_row(const Look& look, const char* label, double& value, double low, double high,
                std::string_view tip = {});
bool text_row(const Look& look, const char* label, std::string& value, std::string_view tip = {});
bool choice_row(const Look& look, const char* label, std::span<const std::string> names, int& chosen,
                std::string_view tip = {});
bool toggle_row(const Look& look, const char* label, bool& on, std::string_view tip = {});
/// Its label in a colour of its own.
int segmented_row(const Look& look, const char* label, std::span<const char* const> labels, int chosen,
                  bool amber = false, std::optional<ImU32> color = {}, std::string_view tip = {});
/// Whether such a row has room for its label and all words of its switch, none of them cut.
bool segmented_row_fits(const Look& look, const char* label, std::span<const char* const> labels);
/// A name and what it is, both text.
/// `term`: its label has an explanation, the tooltip that follows.
void value_row(const Look& look, std::string_view label, std::string_view value,
               std::optional<ImU32> value_color = {}, std::optional<ImU32> label_color = {},
               bool term = false);

/// A slider without a label of the given width; the ghost is a second mark on its track, NaN for none. True
/// while it is moved.
bool slider(const Look& look, const char* id, float& value, float low, float high, ImU32 color, float width,
            float ghost = std::numeric_limits<float>::quiet_NaN());

/// "2.31" in large figures after a muted "bits/char", on one line. With room for `widest` at least, so that
/// what stands behind it does not move while the number changes.
void headline(const Look& look, std::string_view label, std::string_view value, std::string_view tip = {},
              std::string_view widest = {});
float headline_width(const Look& look, std::string_view label, std::string_view value,
                     std::string_view widest);
/// Muted, small, wrapped to the width that is left.
void caption(const Look& look, std::string_view text);
/// A curve through the finite values between low and high (their own range where equal), with a dot at the
/// chosen one.
void sparkline(const Look& look, std::span<const float> values, ImVec2 size, ImU32 color,
               std::optional<int> chosen = {}, float low = 0, float high = 0);

/// A handle between two panels: moves `size` (points) within its bounds; `towards` is +1 where the panel lies
/// left of (above) the handle and -1 where it lies right (below). Drawn as a thin line, wider to grab.
bool splitter(const Look& look, const char* id, bool vertical, ImVec2 at, float length, float& size,
              float low, float high, int towards);

/// A tooltip for the last item when the pointer rests on it, beside it and never over it: an equation or a
/// heading in its first line, then wrapped text.
void tooltip(const Look& look, std::string_view text);
/// The same at the side of one of several lines, so that it covers none of the others.
void tooltip_aside(const Look& look, std::string_view text);
/// The same of a text that is only made where it is wanted.
void tooltip(const Look& look, const std::function<std::string()>& make);

/// A dialog in the middle of the window, opened by ImGui::OpenPopup(id). Where it returns true its content
/// follows, then end_modal(). Escape and its closing button close it.
bool begin_modal(const Look& look, const char* id, std::string_view title, ImVec2 size_in_points);
void end_modal();

/// A field to type in without a label, as wide as given (0: what is left). True when it was committed.
/// `hint` stands in it while it is empty.
bool text_field(const Look& look, const char* id, std::string& value, float width = 0,
                std::string_view hint = {});

/// The text cut with an ellipsis to a width, UTF-8 kept whole.
std::string fitted(std::string_view text, float width);

}  // namespace gatescope::ui
