#pragma once

#include "app/kit/gui.h"
#include "app/lesson/player.h"
#include "app/lesson/recorder.h"
#include "app/panels/panels.h"

namespace gatescope::ui {

/// The window's content: lays the panels out, draws them, and acts on shortcuts. It draws with a Gui, be that
/// one's frames shown on a monitor or kept as a picture.
class MainWindow {
 public:
  MainWindow(gl::Context gl, Gui& gui, Workbench& bench);

  /// One frame, from begin_frame to end_frame, at this size in pixels; `monitor_scale` is pixels a point.
  void frame(int width, int height, float monitor_scale, double seconds);
  /// Frames until nothing waits: the session is settled, every figure is made and painted.
  void settle(int width, int height, float monitor_scale);

  Desk& desk() { return desk_; }
  lesson::Player& lesson() { return player_; }
  FigureCanvases& canvases() { return canvases_; }
  /// What stands in the title bar.
  std::string title() const;
  /// Seconds until another frame is wanted though nothing comes in.
  double next_frame_in() const;

 private:
  void act_on_keys();
  /// Whether the press goes on or back in a lesson.
  bool go_on_by(const KeyPress& press);
  void outline_pointed();
  void draw(int width, int height);
  void draw_presenter(ImVec2 all);
  void draw_presenter_replay(ImVec2 size);

  Gui& gui_;
  Workbench& bench_;
  lesson::Player player_;
  lesson::Recorder recorder_;
  bool lesson_moved_ = false;  // it set something in this frame
  FigureCanvases canvases_;
  Desk desk_;
};

}  // namespace gatescope::ui
