#pragma once

#include <imgui.h>

#include <string>
#include <vector>

#include "app/kit/keys.h"

namespace gatescope::ui {

/// What the controls remember from one frame to the next. The Gui owns it; nothing else of them is kept.
struct Memory {
  /// The field that is being typed in.
  struct Edit {
    ImGuiID id = 0;  ///< 0: none
    std::string text, before;
    int focus_frames = 0;  ///< frames since the keyboard was asked for
    bool active = false;   ///< it has the keyboard
    int last_frame = 0;    ///< it was drawn in
  } edit;
  /// The control that Tab has come to.
  struct Focus {
    ImGuiID id = 0;              ///< 0: none
    bool moved = false;          ///< it has just come there
    bool press = false;          ///< Enter or Space is for it, until it has been asked
    int turn = 0;                ///< the same of Right and Left
    bool arrows = false;         ///< it takes these
    bool drawn = false;          ///< in this frame
    std::vector<ImGuiID> order;  ///< of this frame's controls
    std::vector<ImGuiID> last;   ///< of the last frame's
  } focus;

  /// A value that is being dragged.
  struct Drag {
    ImGuiID id = 0;
    double value = 0;
    bool moved = false;
    int last_frame = 0;
  } drag;

  /// What a field says about the last input, for a moment.
  struct Notice {
    ImGuiID id = 0;
    std::string text;
    double until = 0;
  } notice;

  /// What the pointer rests on.
  struct Rest {
    ImGuiID id = 0;
    double since = 0;
    int last_frame = 0;
  } rest;

  /// The list that drops down, and the entry that the arrow keys have come to.
  struct List {
    ImGuiID popup = 0;
    int at = -1;
    int last_frame = 0;
  } list;

  /// The cards that are open.
  struct Card {
    ImDrawListSplitter splitter;
    ImVec2 low, high;
    float content_right = 0, line_height = 0;
    bool child = false;
  };
  std::vector<Card> cards;
  int open_cards = 0;

  bool again = false;     ///< one more frame is wanted at once
  double wake_after = 0;  ///< seconds until the next frame is wanted; 0: none is
  int mouse_cursor = 0;

  /// Asks for a frame within so many seconds.
  void wake(double seconds) {
    if (wake_after == 0 || seconds < wake_after) wake_after = seconds;
  }
};

}  // namespace gatescope::ui
