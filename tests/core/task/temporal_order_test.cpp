#include "core/task/temporal_order.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/error.h"

namespace gatescope::task {
namespace {

TEST(TemporalOrder, AsksForTheOrderOfItsTwoSymbols) {
  const TemporalOrder task({.batch = 64}, 30);
  Batch batch;
  task.training_batch(0, batch);
  std::set<int> seen;
  for (Index b = 0; b < 64; ++b) {
    std::vector<int> symbols;
    for (Index t = 0; t < 30; ++t) {
      const int token = batch.tokens[t * 64 + b];
      const int target = batch.classes[t * 64 + b];
      if (token == 4 || token == 5) symbols.push_back(token - 4);
      EXPECT_EQ(token == 6, t == 0);
      EXPECT_EQ(token == 7, t == 29);
      if (t < 29) {
        EXPECT_EQ(target, -1);
        continue;
      }
      ASSERT_EQ(symbols.size(), 2u);
      EXPECT_EQ(target, 2 * symbols[0] + symbols[1]);
      seen.insert(target);
    }
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(TemporalOrder, HoldsOutOtherSequencesThanItTrainsOn) {
  const TemporalOrder task({.batch = 8}, 30);
  Batch training, again, held_out;
  task.training_batch(0, training);
  task.training_batch(0, again);
  task.held_out_batch(0, held_out);
  EXPECT_EQ(training.tokens, again.tokens);
  EXPECT_NE(training.tokens, held_out.tokens);
}

TEST(TemporalOrder, HeldOutSequencesAreNumberedThroughAllBatches) {
  const TemporalOrder task({.batch = 4, .held_out_batches = 3}, 20);
  ASSERT_EQ(held_out_sequences(task), 12u);
  std::set<std::vector<int>> seen;
  for (std::uint64_t number = 0; number < 12; ++number) {
    const Sequence sequence = held_out_sequence(task, number);
    ASSERT_EQ(sequence.tokens.size(), 20u);
    EXPECT_GE(sequence.targets.back(), 0);
    seen.insert(sequence.tokens);
  }
  EXPECT_EQ(seen.size(), 12u) << "each is another one";
  EXPECT_EQ(held_out_sequence(task, 12).tokens, held_out_sequence(task, 0).tokens);
}

TEST(TemporalOrder, RefusesSequencesWithoutRoom) {
  EXPECT_THROW(TemporalOrder({.batch = 1}, 9), Error);
}

}  // namespace
}  // namespace gatescope::task
