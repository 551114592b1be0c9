#include "core/math/thread_pool.h"

#include <algorithm>
#include <utility>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace gatescope {
namespace {

/// Tells the processor that this thread only waits.
void rest_a_moment() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits for a moment, in which the next work usually comes: waking a sleeping thread takes as long as a
/// small update.
template <class Condition>
void spin_until(Condition condition) {
  for (int k = 0; k < 4000 && !condition(); ++k) rest_a_moment();
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run_tasks(int count, Call call, void* object) {
  if (count <= 0) return;
  std::unique_lock lock(mutex_);
  call_ = call;
  object_ = object;
  next_ = 0;
  count_ = count;
  error_ = nullptr;
  ++round_;
  if (count > 1 && !workers_.empty()) start_.notify_all();
  take_tasks(lock);
  if (running_ > 0) {
    lock.unlock();
    spin_until([this] { return running_ == 0; });
    lock.lock();
  }
  done_.wait(lock, [this] { return running_ == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::take_tasks(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const int task = next_++;
    const Call call = call_;
    void* const object = object_;
    ++running_;
    lock.unlock();
    std::exception_ptr error;
    try {
      call(object, task);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error && !error_) error_ = error;
    if (--running_ == 0 && next_ >= count_) done_.notify_all();
  }
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  std::uint64_t seen = 0;
  while (true) {
    lock.unlock();
    spin_until([&] { return round_ != seen; });
    lock.lock();
    start_.wait(lock, [&] { return quit_ || (round_ != seen && next_ < count_); });
    if (quit_) return;
    seen = round_;
    take_tasks(lock);
  }
}

int default_threads() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace gatescope
