#include "app/desk/replay.h"

#include <algorithm>

namespace gatescope::ui {

void Replay::play(int direction) {
  const ViewState& view = editor_.shown().view();
  const int last = editor_.shown().steps() - 1;
  double from = view.step;
  if (direction > 0 && view.step >= last && !view.loop) from = 0;
  if (direction < 0 && view.step <= 0 && !view.loop) from = std::max(0, last);
  editor_.act(Play{direction, from});
}

void Replay::choose_step(int step) {
  editor_.act(ChooseStep{std::clamp(step, 0, std::max(0, editor_.shown().steps() - 1))});
}

int Replay::loss_step() const {
  const int last = std::max(0, editor_.shown().steps() - 1);
  return std::clamp(editor_.shown().view().loss_step.value_or(last), 0, last);
}

void Replay::choose_loss(int step) {
  editor_.act(ChooseLoss{std::clamp(step, 0, std::max(0, editor_.shown().steps() - 1))});
}

void Replay::set_pulse(std::optional<double> steps_back) {
  if (steps_back) steps_back = std::clamp(*steps_back, 0.0, static_cast<double>(pulse_length()));
  editor_.act(SetPulse{steps_back});
}

void Replay::tick(double seconds) {
  ReplayState replay = editor_.document().replay;
  const ViewState& view = editor_.shown().view();
  const int last = editor_.shown().steps() - 1;
  std::optional<int> step;
  if (replay.direction != 0 && last > 0) {
    replay.position += replay.direction * seconds * view.speed;
    if (replay.position > last + 0.999 || replay.position < 0) {
      if (view.loop) {
        replay.position = replay.direction > 0 ? 0 : last + 0.99;
      } else {
        replay.position = std::clamp(replay.position, 0.0, static_cast<double>(last));
        replay.direction = 0;
      }
    }
    step = std::clamp(static_cast<int>(replay.position), 0, last);
  }
  if (replay.pulse_playing) {
    replay.pulse = replay.pulse.value_or(0) + seconds * view.speed;
    if (*replay.pulse >= pulse_length()) {
      replay.pulse.reset();
      replay.pulse_playing = false;
    }
  }
  editor_.move(replay, step);
}

}  // namespace gatescope::ui
