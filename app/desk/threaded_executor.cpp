#include "app/desk/threaded_executor.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace gatescope::ui {

struct ThreadedExecutor::Shared {
  struct Posted {
    Job job;
    AtEnd at_end;
  };

  std::mutex mutex;
  std::condition_variable wake;      // threads that wait for a job
  std::condition_variable advanced;  // whoever waits for a piece
  std::deque<Posted> posted;         // not begun
  std::size_t idle = 0;              // threads without a job
  std::size_t threads = 0;
  std::size_t to_finish = 0;  // jobs posted that the end waits for
  std::size_t leaving = 0;    // threads at a job that it does not wait for
  std::uint64_t pieces = 0;   // done
  bool quit = false;
};

ThreadedExecutor::ThreadedExecutor() : shared_(std::make_shared<Shared>()) {}

ThreadedExecutor::~ThreadedExecutor() {
  std::unique_lock lock(shared_->mutex);
  shared_->quit = true;
  shared_->wake.notify_all();
  // A thread that is not at such a job is soon gone.
  shared_->advanced.wait(lock,
                         [&] { return shared_->to_finish == 0 && shared_->threads == shared_->leaving; });
}

void ThreadedExecutor::post(Job job, AtEnd at_end) {
  const std::scoped_lock lock(shared_->mutex);
  shared_->posted.push_back({std::move(job), at_end});
  if (at_end == AtEnd::finish) ++shared_->to_finish;
  if (shared_->idle >= shared_->posted.size()) {
    shared_->wake.notify_one();
    return;
  }
  ++shared_->threads;
  std::thread([shared = shared_] { work(shared); }).detach();
}

void ThreadedExecutor::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    ++shared->idle;
    shared->wake.wait(lock, [&] { return shared->quit || !shared->posted.empty(); });
    --shared->idle;
    if (shared->posted.empty()) break;
    auto [job, at_end] = std::move(shared->posted.front());
    shared->posted.pop_front();
    const bool leaves = at_end == AtEnd::leave;
    if (leaves) ++shared->leaving;
    bool more = !(leaves && shared->quit);
    while (more) {
      lock.unlock();
      more = job();
      if (!more) job = nullptr;  // what it holds is let go of before its end is told
      lock.lock();
      ++shared->pieces;
      if (leaves && shared->quit) more = false;
      if (more) shared->advanced.notify_all();
    }
    if (leaves)
      --shared->leaving;
    else
      --shared->to_finish;
    shared->advanced.notify_all();
  }
  --shared->threads;
  shared->advanced.notify_all();
}

void ThreadedExecutor::wait_until(const std::function<bool()>& done) {
  for (;;) {
    std::unique_lock lock(shared_->mutex);
    const std::uint64_t seen = shared_->pieces;
    lock.unlock();
    if (done()) return;
    lock.lock();
    shared_->advanced.wait(lock, [&] { return shared_->pieces != seen; });
  }
}

}  // namespace gatescope::ui
