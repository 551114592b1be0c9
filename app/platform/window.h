#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/gl/functions.h"
#include "app/kit/gui.h"
#include "app/platform/window_place.h"

namespace gatescope::platform {

/// A window of the desktop with an OpenGL 3.3 core context, which is current on the thread that made it. All
/// of it is for the main thread but wake().
class Window {
 public:
  /// What happens to the window; left out, it is ignored. Positions are pixels from the upper left corner.
  /// They are called from within poll_events and wait_events, and must not throw: a C library lies between.
  struct Events {
    std::function<void(float x, float y)> mouse_move = {};
    std::function<void()> mouse_leave = {};
    std::function<void(int button, bool down, ui::Mods mods)> mouse_button = {};
    std::function<void(float dx, float dy, ui::Mods mods)> wheel = {};
    std::function<void(ui::Key key, bool down, ui::Mods mods)> key = {};
    std::function<void(char32_t character)> character = {};
    std::function<void(bool focused)> focus = {};
    /// Paths of files dragged onto it.
    std::function<void(const std::vector<std::string>& paths)> drop = {};
    /// The content has to be drawn again: another size or scale, or the desktop asks for it.
    std::function<void()> refresh = {};
  };

  /// Whether there is a desktop to show a window on.
  static bool available();

  /// Its content's size in points of the desktop, but no larger than the screen; instead the place that it
  /// had last, where that is still on a monitor. Throws Error that says what would help where there is no
  /// display, and where OpenGL 3.3 is missing, then with the version there is.
  Window(const std::string& title, int width, int height, std::optional<WindowPlace> last = {});
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  const gl::Context& functions() const;
  void set_events(Events events);
  /// All input goes to the Gui, and so do the clipboard and the pointer's shape; both must outlive it.
  void connect(ui::Gui& gui, std::function<void(const std::vector<std::string>& paths)> drop,
               std::function<void()> refresh);

  int width() const;  ///< of what is drawn on, pixels
  int height() const;
  float scale() const;  ///< pixels a point on this monitor
  bool minimised() const;
  /// Where it stands, or goes back to from full screen; may be asked when the display is gone.
  WindowPlace place() const;

  bool should_close() const;
  /// Asks for the window to be closed, or takes the wish back.
  void set_should_close(bool close);

  void set_title(const std::string& title);
  void set_pointer(ui::Pointer pointer);
  bool fullscreen() const;
  /// On the monitor that most of it is on; back to where it was.
  void set_fullscreen(bool on);

  /// The keyboard's layout prints digits on the upper row only with Shift, as the French one does.
  bool digits_need_shift() const;

  std::string clipboard() const;
  void set_clipboard(const std::string& text);

  void make_current() const;
  /// Shows what was drawn, with the monitor's next picture where `vsync` is on (it is at first).
  void swap();
  void set_vsync(bool on);
  /// Handles what came in; the second waits for something, for so many seconds at most.
  void poll_events();
  void wait_events(double seconds);
  /// Ends a wait_events, from any thread.
  static void wake();
  /// Where the connection to an X server breaks, this is called before the program ends: nothing else can be
  /// done then. It must not throw.
  static void on_lost_display(std::function<void()> act);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gatescope::platform
