#pragma once

#include <imgui.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope::ui {

/// What can be pressed or read in a frame, and where: the labels people see are the names.
struct ItemLog {
  struct Item {
    std::string label;  ///< in full, "Reset##transport"
    std::string text;   ///< the value it shows, where it shows one
    ImVec2 low, high;   ///< its corners in pixels, cut to what is seen of it
    bool enabled = true;
    bool seen = true;  ///< some of it is not scrolled away

    ImVec2 middle() const { return {(low.x + high.x) / 2, (low.y + high.y) / 2}; }
  };
  /// A piece of text as it was drawn.
  struct Text {
    std::string text;
    ImVec2 low, high;            ///< its line, from its first letter to its last
    ImVec2 clip_low, clip_high;  ///< what may be seen of it
    float size = 0;              ///< of its type, in pixels: an em
    bool scrolls = false;        ///< its panel does: what is cut above and below can be had
  };
  std::vector<Item> items = {};
  std::vector<Text> texts = {};

  /// The first that has this full label, else the first whose part before "##" it is; null where none has.
  const Item* find(std::string_view label) const;
};

nlohmann::json to_json(const ItemLog& log);

struct Look;

/// Notes a text that is drawn from here on in the present font and window.
void log_text(const Look& look, std::string_view text, ImVec2 low, ImVec2 size);

/// Adds an item with the rectangle given, or with that of ImGui's last item.
void log_item(const Look& look, std::string_view label, std::string_view text = {}, bool enabled = true);
void log_item(const Look& look, std::string_view label, ImVec2 low, ImVec2 high, std::string_view text = {},
              bool enabled = true);

}  // namespace gatescope::ui
