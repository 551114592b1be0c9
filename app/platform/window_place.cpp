#include "app/platform/window_place.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace gatescope::platform {
namespace {

constexpr std::uintmax_t kLargest = 4096;         // bytes of the file
constexpr int kFarthest = 1 << 16, kLeast = 100;  // units of the desktop
constexpr int kHold = 64;  // so much of a window's upper edge is enough to take hold of

/// null where it is no whole number of these.
std::optional<int> number(const nlohmann::json& all, const char* name, int least, int most) {
  const auto found = all.find(name);
  if (found == all.end() || !found->is_number_integer()) return std::nullopt;
  const auto value = found->get<std::int64_t>();
  if (value < least || value > most) return std::nullopt;
  return static_cast<int>(value);
}

}  // namespace

std::optional<WindowPlace> on_a_monitor(const WindowPlace& place, std::span<const Area> monitors) {
  std::optional<WindowPlace> best;
  std::int64_t most = 0;
  for (const Area& area : monitors) {
    const int across = std::min(place.x + place.width, area.x + area.width) - std::max(place.x, area.x);
    const int down = std::min(place.y + place.height, area.y + area.height) - std::max(place.y, area.y);
    const bool held = across >= std::min(kHold, place.width) && place.y >= area.y &&
                      place.y <= area.y + area.height - std::min(kHold, place.height);
    if (!held || std::int64_t{across} * down <= most) continue;
    most = std::int64_t{across} * down;
    best = place;
    best->width = std::min(place.width, area.width);
    best->height = std::min(place.height, area.height);
    // What had to be cut is wholly on the monitor.
    if (best->width < place.width) best->x = area.x;
    if (best->height < place.height) best->y = area.y;
  }
  return best;
}

std::optional<WindowPlace> read_window_place(const std::filesystem::path& file) {
  std::error_code code;
  if (file.empty() || !std::filesystem::is_regular_file(file, code)) return std::nullopt;
  std::string text;
  try {
    text = read_file(file, kLargest);
  } catch (const Error&) {
    return std::nullopt;
  }
  const nlohmann::json all = nlohmann::json::parse(text, nullptr, false);
  if (!all.is_object() || all.size() != 5) return std::nullopt;
  const auto x = number(all, "x", -kFarthest, kFarthest), y = number(all, "y", -kFarthest, kFarthest);
  const auto width = number(all, "width", kLeast, kFarthest),
             height = number(all, "height", kLeast, kFarthest);
  const auto maximised = all.find("maximised");
  if (!x || !y || !width || !height || maximised == all.end() || !maximised->is_boolean())
    return std::nullopt;
  return WindowPlace{*x, *y, *width, *height, maximised->get<bool>()};
}

void write_window_place(const std::filesystem::path& file, const WindowPlace& place) {
  const nlohmann::json all{{"x", place.x},
                           {"y", place.y},
                           {"width", place.width},
                           {"height", place.height},
                           {"maximised", place.maximised}};
  try {
    write_file(file, all.dump() + "\n");
  } catch (const Error&) {
    // A home that cannot be written is no reason to fail.
  }
}

}  // namespace gatescope::platform
