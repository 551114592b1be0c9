#include "app/kit/list_cursor.h"

#include "app/kit/imgui_compat.h"
#include "app/kit/memory.h"

namespace gatescope::ui {

ListCursor::ListCursor(const Look& look, int count, int start, const std::function<bool(int)>& can)
    : at_(look.memory->list.at) {
  Memory::List& list = look.memory->list;
  const ImGuiID popup = ImGui::GetCurrentWindow()->ID;
  const int frame = ImGui::GetFrameCount();
  const bool opened = list.popup != popup || list.last_frame < frame - 1;
  if (opened) list = {popup, start, frame};
  list.last_frame = frame;
  if (count <= 0) return;
  entered_ = !opened && (compat::pressed(Key::enter) || compat::pressed(Key::space));
  int by = compat::pressed_or_held(Key::down) - compat::pressed_or_held(Key::up);
  if (compat::pressed(Key::home)) at_ = -1, by = 1;
  if (compat::pressed(Key::end)) at_ = count, by = -1;
  moved_ = by != 0;
  if (at_ < 0 && by < 0) at_ = count;
  for (int tries = 0; by != 0 && tries < count; ++tries) {
    at_ = (at_ + by + count) % count;
    if (!can || can(at_)) break;
  }
}

bool ListCursor::at(int entry) {
  const ImVec2 moved = ImGui::GetIO().MouseDelta;
  if (ImGui::IsItemHovered() && (moved.x != 0 || moved.y != 0)) at_ = entry;
  if (at_ == entry && moved_) ImGui::SetScrollHereY();
  return at_ == entry;
}

bool ListCursor::entered(int entry) const {
  return entered_ && at_ == entry;
}

}  // namespace gatescope::ui
