#pragma once

#include <filesystem>
#include <optional>
#include <span>

namespace gatescope::platform {

/// Where a window stands on the desktop, in the desktop's units; its content without the frame.
struct WindowPlace {
  int x = 0, y = 0, width = 0, height = 0;
  bool maximised = false;  ///< the rest is where it goes back to
  friend bool operator==(const WindowPlace&, const WindowPlace&) = default;
};

/// What a monitor leaves free for windows.
struct Area {
  int x = 0, y = 0, width = 0, height = 0;
};

/// The place on the monitor that shows most of it, no larger than that; none where no monitor shows enough of
/// it to take hold of.
std::optional<WindowPlace> on_a_monitor(const WindowPlace& place, std::span<const Area> monitors);

/// The place a window had when it was last closed; none where the file is missing or says something else.
std::optional<WindowPlace> read_window_place(const std::filesystem::path& file);
/// Trouble is none: the next window then opens where the desktop puts it.
void write_window_place(const std::filesystem::path& file, const WindowPlace& place);

}  // namespace gatescope::platform
