#pragma once

#include <memory>
#include <type_traits>

namespace gatescope {

/// Threads that stay alive between updates. Work is numbered tasks: which thread takes which task is left
/// open, so a task must write only what is its own, and results do not depend on the number of threads. On a
/// host without threads the caller of run() does all of it.
class ThreadPool {
 public:
  /// `threads` counts the caller of run(): 1 means no thread is started. At least 1. Throws std::system_error
  /// where the system gives no more threads.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

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

  struct Workers;
  std::unique_ptr<Workers> workers_;
};

/// The number of threads to use where the user named none: one a core.
int default_threads();

}  // namespace gatescope
