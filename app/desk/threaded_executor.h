#pragma once

#include <memory>

#include "app/desk/executor.h"

namespace gatescope::ui {

/// Does every job on a thread of its own; threads whose job is over wait for another one.
class ThreadedExecutor final : public Executor {
 public:
  ThreadedExecutor();
  ThreadedExecutor(const ThreadedExecutor&) = delete;
  ThreadedExecutor& operator=(const ThreadedExecutor&) = delete;
  /// Waits for the jobs that are to be finished. The others go on until the next piece of theirs is over.
  ~ThreadedExecutor() override;

  void post(Job job, AtEnd at_end = AtEnd::finish) override;
  void wait_until(const std::function<bool()>& done) override;
  /// Nothing waits for the frame.
  bool advance(Clock::duration) override { return false; }

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // with the threads, one of which may outlive this
};

}  // namespace gatescope::ui
