#include "core/math/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

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

struct ThreadPool::Workers {
  explicit Workers(int threads);
  ~Workers();

  void run(int count, Call call, void* object);

 private:
  friend class ThreadPool;

  void work();
  void stop();
  void take_tasks(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable start_, done_;
  Call call_ = nullptr;
  void* object_ = nullptr;
  int next_ = 0, count_ = 0;
  // Written under the mutex; atomic so that a thread can look at them for a moment before it goes to sleep.
  std::atomic<int> running_ = 0;
  std::atomic<std::uint64_t> round_ = 0;
  bool quit_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

ThreadPool::Workers::Workers(int threads) {
  try {
    for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::Workers::~Workers() {
  stop();
}

void ThreadPool::Workers::stop() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : threads_) worker.join();
}

void ThreadPool::Workers::run(int count, Call call, void* object) {
  if (count <= 0) return;
  std::unique_lock lock(mutex_);
  call_ = call;
  object_ = object;
  next_ = 0;
  count_ = count;
  error_ = nullptr;
  ++round_;
  if (count > 1 && !threads_.empty()) start_.notify_all();
  take_tasks(lock);
  if (running_ > 0) {
    lock.unlock();
    spin_until([this] { return running_ == 0; });
    lock.lock();
  }
  done_.wait(lock, [this] { return running_ == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::Workers::take_tasks(std::unique_lock<std::mutex>& lock) {
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

void ThreadPool::Workers::work() {
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

ThreadPool::ThreadPool(int threads) : workers_(std::make_unique<Workers>(threads)) {}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const {
  return static_cast<int>(workers_->threads_.size()) + 1;
}

void ThreadPool::run_tasks(int count, Call call, void* object) {
  workers_->run(count, call, object);
}

int default_threads() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace gatescope
