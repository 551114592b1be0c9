#pragma once

#include "app/kit/look.h"
#include "app/kit/memory.h"

namespace gatescope::ui {

/// What keys do to a control in this frame.
struct KeyFocus {
  bool here = false;     ///< Tab has come to it: it has a ring
  bool arrived = false;  ///< in this frame
  bool pressed = false;  ///< Enter or Space
  int turn = 0;          ///< Right: 1, Left: -1, where it takes arrow keys
};

/// To be asked of every control once a frame, in the order of Tab, with its corners: notes that it is there
/// and, where it has the keyboard, draws its ring and scrolls it into sight. `arrows`: Left and Right are for
/// it while it has.
KeyFocus key_focus(const Look& look, ImGuiID id, ImVec2 low, ImVec2 high, bool arrows = false);
/// The same of the last item.
KeyFocus key_focus(const Look& look, bool arrows = false);

/// The keyboard goes to the control so many places behind `from`, by the last frame's order.
void step_focus(Memory::Focus& focus, ImGuiID from, int by);

}  // namespace gatescope::ui
