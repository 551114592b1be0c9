#pragma once

#include <deque>

#include "app/desk/executor.h"

namespace gatescope::ui {

/// For a host with one thread: the pieces are done from its frame, those of all jobs in turn.
class FrameExecutor final : public Executor {
 public:
  FrameExecutor() = default;
  FrameExecutor(const FrameExecutor&) = delete;
  FrameExecutor& operator=(const FrameExecutor&) = delete;
  ~FrameExecutor() override;

  void post(Job job, AtEnd at_end = AtEnd::finish) override;
  /// Throws Error where no job is left and it still is not true.
  void wait_until(const std::function<bool()>& done) override;
  /// At least one piece, where there is one.
  bool advance(Clock::duration budget) override;

 private:
  struct Posted {
    Job job;
    AtEnd at_end;
  };

  void do_a_piece();

  std::deque<Posted> jobs_;  // the next one first
};

}  // namespace gatescope::ui
