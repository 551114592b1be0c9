#pragma once

#include "app/desk/editor.h"

namespace gatescope::ui {

/// Training where there is something to say about it.
class Training {
 public:
  Training(Editor& editor, Notices& notices) : editor_(editor), notices_(notices) {}

  void train(bool on);
  void toggle() { train(!editor_.shown().now().training); }
  /// To the weights before a loss that was not a number, with half the learning rate.
  void go_back();

 private:
  Editor& editor_;
  Notices& notices_;
};

}  // namespace gatescope::ui
