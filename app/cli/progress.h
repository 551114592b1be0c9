#pragma once

#include <string>

#include "core/clock.h"

namespace gatescope::app {

/// A progress bar on stderr: one line that renews itself on a terminal, a line every few seconds elsewhere.
class Progress {
 public:
  /// `elsewhere`: shown where the standard error is no terminal, too.
  explicit Progress(bool elsewhere = true);
  /// `fraction` in [0, 1]; `figures` is what to say beside the bar. Shows it where it is time to.
  void show(double fraction, const std::string& figures);
  /// Ends the line, so that other text can follow.
  void clear();

 private:
  bool terminal_, wanted_;
  bool shown_ = false;
  Clock::time_point start_, last_;
};

}  // namespace gatescope::app
