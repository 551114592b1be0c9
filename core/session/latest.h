#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace gatescope::session {

/// The newest of a stream of immutable values, handed from the thread that makes them to the one that shows
/// them. Nobody waits: a value that was never looked at is simply passed over.
template <class T>
class Latest {
 public:
  void publish(std::shared_ptr<const T> value) {
    {
      const std::scoped_lock lock(mutex_);
      value_.swap(value);
      taken_ = false;
    }  // what was there before is let go of outside the lock
  }

  std::shared_ptr<const T> get() {
    const std::scoped_lock lock(mutex_);
    taken_ = true;
    return value_;
  }

  /// Whether the newest value has been looked at.
  bool taken() const {
    const std::scoped_lock lock(mutex_);
    return taken_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  bool taken_ = true;
};

}  // namespace gatescope::session
