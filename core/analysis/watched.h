#pragma once

#include <cstddef>

#include "core/math/index.h"
#include "core/trace/watch.h"

namespace gatescope::analysis {

/// While it lives, what this thread computes passes the watch at every step: another thread can stop it, and
/// sees how far it has come.
class Watched {
 public:
  explicit Watched(trace::Watch& watch) : before_(now_) { now_ = &watch, alike_ = 1; }
  ~Watched() { now_ = before_; }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  // Of what is computed.

  /// Throws Stopped where the watch says so.
  static void pass() {
    if (now_) now_->pass();
  }
  /// So many passes are to come.
  static void expect(Index passes) {
    if (now_) now_->expect(now_->passed() + passes * alike_);
  }
  /// What follows is the first of so many alike, so that the others are counted on as well.
  static void first_of(std::size_t parts) { alike_ = static_cast<Index>(parts); }
  /// Null where nobody watches.
  static trace::Watch* watch() { return now_; }

 private:
  static thread_local trace::Watch* now_;
  static thread_local Index alike_;
  trace::Watch* before_;
};

}  // namespace gatescope::analysis
