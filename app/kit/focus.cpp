#include "app/kit/focus.h"

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/item_log.h"

namespace gatescope::ui {

KeyFocus key_focus(const Look& look, ImGuiID id, ImVec2 low, ImVec2 high, bool arrows) {
  Memory::Focus& focus = look.memory->focus;
  if (id == 0 || !compat::takes_keys()) return {};
  focus.order.push_back(id);
  if (focus.id != id) return {};
  const KeyFocus keys{true, focus.moved, focus.press, arrows ? focus.turn : 0};
  focus.drawn = true;
  focus.arrows = arrows;
  focus.moved = false;
  focus.press = false;
  focus.turn = 0;
  if (keys.arrived) compat::scroll_to(low.y, high.y);
  // Around it, also where its panel ends.
  const float out = std::round(look.px(2)), thick = std::max(2.0f, std::round(look.px(2)));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 clip_low = list.GetClipRectMin(), clip_high = list.GetClipRectMax();
  list.PushClipRect({clip_low.x - 2 * out, clip_low.y - 2 * out},
                    {clip_high.x + 2 * out, clip_high.y + 2 * out});
  outline({{low.x - out, low.y - out}, {high.x + out, high.y + out}}, mixed(look.accent, look.text, 0.35f),
          look.px(7), thick);
  list.PopClipRect();
  log_item(look, "##focus", low, high);
  return keys;
}

KeyFocus key_focus(const Look& look, bool arrows) {
  return key_focus(look, ImGui::GetItemID(), ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), arrows);
}

void step_focus(Memory::Focus& focus, ImGuiID from, int by) {
  const std::vector<ImGuiID>& order = focus.last;
  if (order.empty()) return;
  const int count = static_cast<int>(order.size());
  const auto at = std::find(order.begin(), order.end(), from);
  int next = by > 0 ? 0 : count - 1;
  if (at != order.end()) next = (static_cast<int>(at - order.begin()) + by + count) % count;
  focus.id = order[next];
  focus.moved = focus.drawn = true;
}

}  // namespace gatescope::ui
