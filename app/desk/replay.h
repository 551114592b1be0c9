#pragma once

#include <optional>

#include "app/desk/editor.h"

namespace gatescope::ui {

/// Moves the document's step, and the gradient's pulse.
class Replay {
 public:
  explicit Replay(Editor& editor) : editor_(editor) {}

  bool playing() const { return direction() != 0; }
  int direction() const { return editor_.document().replay.direction; }
  void play(int direction);  // 1, -1; 0: stop
  void choose_step(int step);
  /// The step whose loss's gradient is shown, where a view of it is open.
  int loss_step() const;
  void choose_loss(int step);
  /// How many steps the pulse has come back from the loss; none: all of the way.
  std::optional<double> pulse() const { return editor_.document().replay.pulse; }
  bool pulse_playing() const { return editor_.document().replay.pulse_playing; }
  void play_pulse(bool on) { editor_.act(PlayPulse{on}); }
  void set_pulse(std::optional<double> steps_back);
  int pulse_length() const { return editor_.shown().pulse_length(); }
  /// So many seconds later.
  void tick(double seconds);

 private:
  Editor& editor_;
};

}  // namespace gatescope::ui
