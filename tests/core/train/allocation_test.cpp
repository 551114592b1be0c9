// An update allocates nothing once the first ones have made room. Counts every call of malloc in this
// program, which the sanitizers take over for themselves.

#include <gtest/gtest.h>

#if defined(__GLIBC__) && !defined(GATESCOPE_SANITIZED)
#define GATESCOPE_COUNTS_ALLOCATIONS
#endif

#ifdef GATESCOPE_COUNTS_ALLOCATIONS

#include <atomic>

#include "core/nn/blocks.h"
#include "core/train/trainer.h"
#include "tests/rules.h"

namespace {
std::atomic<long> allocations = 0;
}

extern "C" {
void* __libc_malloc(std::size_t size);
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
}

namespace gatescope::train {
namespace {

TEST(Allocation, DoesNotHappenInTheTrainingLoop) {
  for (const bool forced : {false, true}) {
    for (const nn::CellInfo* cell : nn::all_cells()) {
      experiment::Experiment e;
      e.models[0].cell = cell->key;
      e.models[0].hidden = 20;
      e.models[0].layers = 2;
      e.models[0].bidirectional = cell->key == "gru";
      e.models[0].dropout = cell->key == "lstm" ? 0.2 : 0;
      e.models[0].embedding = cell->key == "janet" ? 6 : 0;
      e.models[0].token_shift = cell->key == "janet" || cell->key == "gru";
      e.models[0].conv = cell->key == "mingru" || cell->key == "gru" ? 4 : 0;
      if (cell->key == "s6" || cell->key == "mlstm" || cell->key == "rwkv6" || cell->key == "rnn") {
        nn::find_block(cell->key == "mlstm"   ? "xlstm"
                       : cell->key == "rwkv6" ? "rwkv"
                                              : "mamba")
            .set(e.models[0]);
        e.models[0].embedding = cell->key == "s6" ? 20 : 0;
      }
      if (forced) e.force = rules({"h[1-3]@2-5=*0.5"});
      e.training.steps = 16;
      std::shared_ptr<const task::Task> task =
          experiment::make_task(e, std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora");
      experiment::complete(e, task->interface());
      Trainer trainer(e, task, 2);
      for (int k = 0; k < 3; ++k) ASSERT_TRUE(trainer.step());
      const long before = allocations;
      for (int k = 0; k < 5; ++k) ASSERT_TRUE(trainer.step());
      EXPECT_EQ(allocations - before, 0) << cell->key << (forced ? " forced" : "");
    }
  }
}

}  // namespace
}  // namespace gatescope::train

#endif
