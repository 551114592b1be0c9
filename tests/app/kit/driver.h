#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/gl/canvas.h"
#include "app/kit/gui.h"
#include "app/platform/offscreen.h"

namespace gatescope::test {

/// A window without a window: it draws frames of any content off-screen, and presses, drags and types as a
/// person would. Things are found by the labels people see ("Reset"), or in full where that is not enough
/// ("Reset##transport"). Every action runs the frames it takes and then one more, so that its effect is there
/// when it returns; where an item is missing or cannot be seen, it throws Error that says so.
class Driver {
 public:
  struct Setup {
    int width = 1280, height = 800;
    plot::ThemeName theme = plot::ThemeName::dark;
    float scale = 1;
  };
  Driver();
  explicit Driver(Setup setup);
  virtual ~Driver() = default;

  platform::OffscreenContext context;
  ui::Gui gui;

  /// What is drawn between begin_frame and end_frame.
  void show(std::function<void()> frame);
  /// The same within a borderless ImGui window over all of the picture.
  void show_in_window(std::function<void()> content);
  /// What draws a whole frame by itself, from begin_frame to end_frame, given the seconds since the last.
  void show_whole(std::function<void(double seconds)> frame);

  void frames(int count = 1, double seconds = 1.0 / 60);
  /// Frames until nothing waits (at most 60).
  virtual void settle();
  void resize(int width, int height);
  /// The same without a frame.
  void resize_only(int width, int height) { width_ = width, height_ = height; }
  int width() const { return width_; }
  int height() const { return height_; }

  // The last frame.
  bool has(std::string_view label) const;
  const ui::ItemLog::Item& item(std::string_view label) const;
  /// The value an item shows.
  std::string text(std::string_view label) const { return item(label).text; }
  std::string labels() const;
  plot::Raster picture();
  void save(const std::filesystem::path& png);

  // The pointer.
  void move(float x, float y);
  void hover(std::string_view label, double seconds = 1);
  void click(std::string_view label, int button = 0, ui::Mods mods = {});
  void click_at(float x, float y, int button = 0, ui::Mods mods = {});
  void double_click(std::string_view label);
  /// From the middle of the item, by so many pixels, in steps; `release` false keeps the button down.
  void drag(std::string_view label, float dx, float dy, bool release = true);
  void drag_at(float x, float y, float dx, float dy, bool release = true);
  void release(int button = 0);
  void wheel(float dy, float dx = 0);

  // The keyboard.
  void key(ui::Key key, ui::Mods mods = {});
  void type(std::string_view utf8, bool settled = true);

 private:
  void frame(double seconds);
  const ui::ItemLog::Item& seen(std::string_view label) const;

  gl::Canvas canvas_;
  std::function<void()> frame_;
  std::function<void(double)> whole_;
  int width_, height_;
};

}  // namespace gatescope::test
