#include "core/math/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

namespace gatescope {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> done(static_cast<std::size_t>(round), 0);
      pool.run(round, [&](int task) { ++done[task]; });
      EXPECT_EQ(std::accumulate(done.begin(), done.end(), 0), round);
    }
  }
}

TEST(ThreadPool, HandsOnAnExceptionAndGoesOnWorking) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.run(8,
                        [](int task) {
                          if (task == 5) throw std::runtime_error("task 5");
                        }),
               std::runtime_error);
  std::atomic<int> count = 0;
  pool.run(8, [&](int) { ++count; });
  EXPECT_EQ(count, 8);
}

}  // namespace
}  // namespace gatescope
