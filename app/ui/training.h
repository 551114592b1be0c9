#pragma once

#include "app/ui/editor.h"

namespace gatescope::ui {

/// What a person asks of the training.
class Training {
 public:
  Training(session::Session& session, Editor& editor, Notices& notices)
      : session_(session), editor_(editor), notices_(notices) {}

  void train(bool on);
  void toggle() { train(!editor_.shown().now().training); }
  void update_once() { session_.send(session::UpdateOnce{}); }
  void restart() { session_.send(session::Restart{}); }
  /// To the weights before a loss that was not a number, with half the learning rate.
  void go_back();
  void set_pace(double updates_per_second) { session_.send(session::SetPace{updates_per_second}); }

 private:
  session::Session& session_;
  Editor& editor_;
  Notices& notices_;
};

}  // namespace gatescope::ui
