#include "app/ui/replay.h"

#include <algorithm>

namespace gatescope::ui {

void Replay::play(int direction) {
  const ViewState& view = editor_.shown().view();
  const int last = editor_.shown().steps() - 1;
  editor_.replay([&](ReplayState& replay) {
    replay.direction = direction;
    replay.position = view.step;
    if (direction > 0 && view.step >= last && !view.loop) replay.position = 0;
    if (direction < 0 && view.step <= 0 && !view.loop) replay.position = last;
  });
}

void Replay::play_pulse(bool on) {
  editor_.replay([&](ReplayState& replay) {
    replay.pulse_playing = on;
    if (on && !replay.pulse) replay.pulse = 0;
  });
}

void Replay::set_pulse(std::optional<double> steps_back) {
  const double length = pulse_length();
  editor_.replay([&](ReplayState& replay) {
    replay.pulse = steps_back;
    if (replay.pulse)
      replay.pulse = std::clamp(*replay.pulse, 0.0, length);
    else
      replay.pulse_playing = false;
  });
}

void Replay::tick(double seconds) {
  const ViewState& view = editor_.shown().view();
  const int last = editor_.shown().steps() - 1, length = pulse_length();
  bool moved = false;
  editor_.replay([&](ReplayState& replay) {
    if (replay.direction != 0 && last > 0) {
      moved = true;
      replay.position += replay.direction * seconds * view.speed;
      if (replay.position > last + 0.999 || replay.position < 0) {
        if (view.loop) {
          replay.position = replay.direction > 0 ? 0 : last + 0.99;
        } else {
          replay.position = std::clamp(replay.position, 0.0, static_cast<double>(last));
          replay.direction = 0;
        }
      }
    }
    if (replay.pulse_playing) {
      replay.pulse = replay.pulse.value_or(0) + seconds * view.speed;
      if (*replay.pulse >= length) {
        replay.pulse.reset();
        replay.pulse_playing = false;
      }
    }
  });
  if (!moved) return;
  const int step = std::clamp(static_cast<int>(editor_.document().replay.position), 0, last);
  editor_.look([&](ViewState& v) { v.step = step; });
}

}  // namespace gatescope::ui
