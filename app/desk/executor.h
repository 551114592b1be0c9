#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/clock.h"

namespace gatescope::ui {

/// Does its next piece of work. False: that was the last one. Throws nothing.
using Job = std::function<bool()>;

/// Does what is too long for a frame: figures, exports, files. The pieces of a job are done one after the
/// other, each seeing what those before it did; those of different jobs in any order, or at the same time.
class Executor {
 public:
  /// What becomes of a job that is not over when the executor ends.
  enum class AtEnd { finish, leave };

  virtual ~Executor() = default;

  virtual void post(Job job, AtEnd at_end = AtEnd::finish) = 0;
  /// Returns once `done()` is true, which a piece of some job makes it. `done` is called on this thread.
  virtual void wait_until(const std::function<bool()>& done) = 0;
  /// Once a frame, with the time that may go into jobs. Returns whether some wait for the next frame.
  virtual bool advance(Clock::duration budget) = 0;
};

/// Posts work of one piece; what it returns or throws comes through the future.
template <class Work>
auto post_task(Executor& executor, Work work, Executor::AtEnd at_end = Executor::AtEnd::finish) {
  const auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Work&>()>>(std::move(work));
  auto future = task->get_future();
  executor.post(
      [task] {
        (*task)();
        return false;
      },
      at_end);
  return future;
}

/// Whether what a future stands for is there.
template <class Future>
bool is_ready(const Future& future) {
  return future.valid() && future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace gatescope::ui
