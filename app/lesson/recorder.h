#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/desk/workbench.h"

namespace gatescope::lesson {

/// Keeps what a person does as the steps of a lesson, from RecordLesson{on} until it is off: what is done
/// shortly after each other is one step, and of values that only replace each other the last one stays.
class Recorder {
 public:
  /// Is told every intent of the workbench, as long as it lives.
  explicit Recorder(ui::Workbench& bench);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Once a frame: writes the lesson once recording has stopped, and says where it is.
  void tick();

 private:
  struct Recorded {
    std::vector<ui::Intent> set;
    std::string words;  // what was done, for people
    double last = 0;    // seconds
  };
  void take(const ui::Intent& intent);
  void write();

  ui::Workbench& bench_;
  bool on_ = false;
  std::vector<Recorded> steps_;
};

}  // namespace gatescope::lesson
