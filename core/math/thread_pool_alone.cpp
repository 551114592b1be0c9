// For a host with one thread.
#include <exception>
#include <utility>

#include "core/math/thread_pool.h"

namespace gatescope {

struct ThreadPool::Workers {};

ThreadPool::ThreadPool(int) {}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const {
  return 1;
}

void ThreadPool::run_tasks(int count, Call call, void* object) {
  std::exception_ptr error;
  for (int task = 0; task < count; ++task) {
    try {
      call(object, task);
    } catch (...) {
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

int default_threads() {
  return 1;
}

}  // namespace gatescope
