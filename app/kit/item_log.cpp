#include "app/kit/item_log.h"

#include <algorithm>

#include "app/kit/look.h"

namespace gatescope::ui {

const ItemLog::Item* ItemLog::find(std::string_view label) const {
  const auto full =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.label == label; });
  if (full != items.end()) return &*full;
  const auto visible = std::find_if(items.begin(), items.end(), [&](const Item& item) {
    return std::string_view(item.label).substr(0, item.label.find("##")) == label;
  });
  return visible != items.end() ? &*visible : nullptr;
}

nlohmann::json to_json(const ItemLog& log) {
  nlohmann::json items = nlohmann::json::array();
  for (const ItemLog::Item& item : log.items) {
    items.push_back({{"label", item.label},
                     {"text", item.text},
                     {"low", {item.low.x, item.low.y}},
                     {"high", {item.high.x, item.high.y}},
                     {"enabled", item.enabled},
                     {"seen", item.seen}});
  }
  return items;
}

void log_item(const Look& look, std::string_view label, std::string_view text, bool enabled) {
  if (look.items == nullptr) return;
  log_item(look, label, ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), text, enabled);
}

void log_item(const Look& look, std::string_view label, ImVec2 low, ImVec2 high, std::string_view text,
              bool enabled) {
  if (look.items == nullptr) return;
  const ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 clip_low = list.GetClipRectMin(), clip_high = list.GetClipRectMax();
  ItemLog::Item item{std::string(label), std::string(text), {}, {}, enabled};
  item.low = {std::max(low.x, clip_low.x), std::max(low.y, clip_low.y)};
  item.high = {std::min(high.x, clip_high.x), std::min(high.y, clip_high.y)};
  item.seen = item.low.x < item.high.x && item.low.y < item.high.y;
  look.items->items.push_back(std::move(item));
}

void log_text(const Look& look, std::string_view text, ImVec2 low, ImVec2 size) {
  if (look.items == nullptr || text.empty()) return;
  constexpr float line_height = 1.164f;  // of DejaVu, in ems
  const ImDrawList& list = *ImGui::GetWindowDrawList();
  look.items->texts.push_back({std::string(text),
                               low,
                               {low.x + size.x, low.y + size.y},
                               list.GetClipRectMin(),
                               list.GetClipRectMax(),
                               ImGui::GetFontSize() / line_height,
                               ImGui::GetScrollMaxY() > 0});
}

}  // namespace gatescope::ui
