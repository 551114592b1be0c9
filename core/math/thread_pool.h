#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace gatescope {

/// Threads that stay alive between updates. Work is numbered tasks: which thread takes which task is left
/// open, so a task must write only what is its own, and results do not depend on the number of threads.
class ThreadPool {
 public:
  /// `threads` counts the caller of run(): 1 means no thread is started. At least 1. Throws std::system_error
  /// where the system gives no more threads.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls task(0) ... task(count - 1), each once, and returns when all are done. The first exception of a
  /// task is thrown again here. Not to be called from a task or from two threads at once.
  template <class Task>
  void run(int count, Task&& task) {
    using T = std::remove_reference_t<Task>;
    run_tasks(
        count, [](void* object, int number) { (*static_cast<T*>(object))(number); },
        const_cast<void*>(static_cast<const void*>(&task)));
  }

 private:
  using Call = void (*)(void* object, int number);

  void run_tasks(int count, Call call, void* object);
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
  std::vector<std::thread> workers_;
};

/// The number of threads to use where the user named none: one a core.
int default_threads();

}  // namespace gatescope
