#pragma once

#include "core/trace/watch.h"

namespace gatescope::analysis {

/// While it lives, what this thread computes passes the watch at every step: another thread can stop it.
class Watched {
 public:
  explicit Watched(trace::Watch& watch) : before_(now_) { now_ = &watch; }
  ~Watched() { now_ = before_; }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// Of what is computed. Throws Stopped where the watch says so.
  static void pass() {
    if (now_) now_->pass();
  }

 private:
  static thread_local trace::Watch* now_;
  trace::Watch* before_;
};

}  // namespace gatescope::analysis
