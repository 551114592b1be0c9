#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace gatescope::trace {

/// What is thrown out of a computation that somebody stopped.
struct Stopped {};

/// How far a long computation is, for other threads, which may stop it as well.
class Watch {
 public:
  // On the thread that computes.
  void expect(std::int64_t steps) { expected_.store(std::max<std::int64_t>(1, steps), kRelaxed); }
  /// After so many steps. Throws Stopped.
  void pass(std::int64_t steps = 1) {
    done_.fetch_add(steps, kRelaxed);
    if (stop_.load(kRelaxed)) throw Stopped();
  }

  // On any thread.
  void stop() { stop_.store(true, kRelaxed); }
  std::int64_t passed() const { return done_.load(kRelaxed); }
  std::int64_t expected() const { return expected_.load(kRelaxed); }  // 0: nobody knows yet
  /// In [0, 1]; 0 until it is known how much there is to do.
  double progress() const {
    return expected() == 0 ? 0
                           : std::min(1.0, static_cast<double>(passed()) / static_cast<double>(expected()));
  }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  std::atomic<std::int64_t> done_{0}, expected_{0};
  std::atomic<bool> stop_{false};
};

/// The steps that a trace passes, over T steps: forward, the loss, backward.
inline constexpr int kPassesOfTrace = 4;

}  // namespace gatescope::trace
