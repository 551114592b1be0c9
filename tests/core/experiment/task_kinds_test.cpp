#include "core/experiment/task_kinds.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/files.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope::experiment {
namespace {

TEST(TaskKinds, EachReadsBackWhatItWritesAndNothingOfTheOthers) {
  std::set<std::string_view> keys;
  for (const TaskKind& kind : task_kinds()) {
    EXPECT_TRUE(keys.insert(kind.key).second) << kind.key;
    TaskSpec task;
    task.kind = kind.key;
    for (const TaskNumber& number : kind.numbers) task.*number.value = number.low;
    const nlohmann::json written = to_json(task);
    EXPECT_EQ(read_task({written, "/task", "test"}), task) << written;
    for (const TaskKind& other : task_kinds()) {
      for (const TaskNumber& number : other.numbers) {
        if (std::ranges::find(kind.numbers, number.key, &TaskNumber::key) != kind.numbers.end()) continue;
        nlohmann::json more = written;
        more[std::string(number.key)] = number.low;
        EXPECT_NE(error_of([&] {
                    read_task({more, "/task", "test"});
                  }).find("/task/" + std::string(number.key)),
                  std::string::npos)
            << kind.key;
      }
    }
  }
  EXPECT_GE(keys.size(), 2U);
}

TEST(TaskKinds, ANumberOutOfItsRangeIsRefused) {
  for (const TaskKind& kind : task_kinds()) {
    for (const TaskNumber& number : kind.numbers) {
      const nlohmann::json json{{"kind", kind.key}, {number.key, number.high + 1}};
      EXPECT_NE(error_of([&] { read_task({json, "/task", "test"}); }), "no error") << number.key;
    }
  }
}

TEST(TaskKinds, SequencesAreWhatTheirKindAndInterfaceSay) {
  const TemporaryFolder folder;
  const std::string lines = (folder.path() / "lines.tsv").native();
  std::string written;  // more characters than are read
  for (int k = 0; k < 200; ++k) written += fmt::format("{}\t{:x<120}\n", k % 2 ? "odd" : "even", k);
  write_file(lines, written);
  const std::string pairs = (folder.path() / "pairs.tsv").native();
  std::string sides;  // as long as can be
  for (int k = 0; k < 200; ++k) sides += fmt::format("{0:x<100}\t{0:y<100}\n", k);
  write_file(pairs, sides);
  for (const TaskKind& kind : task_kinds()) {
    if (kind.of_text) continue;
    SCOPED_TRACE(kind.key);
    Experiment e;
    e.task.kind = kind.key;
    e.task.lines = lines;
    e.task.pair_file = pairs;
    e.training.batch = 3;
    const auto made = make_task(e, {});
    const nn::Interface sizes = made->interface();
    const bool characters = sizes.input == nn::InputKind::characters;
    EXPECT_EQ(std::ssize(made->vocabulary()), characters ? sizes.inputs : 0);
    EXPECT_EQ(std::ssize(made->classes()), sizes.readout == nn::Readout::softmax ? sizes.outputs : 0);
    // A model that is read from a file alone knows what it tells.
    EXPECT_EQ(made->outcome(), task::outcome_of(sizes));
    EXPECT_FALSE(made->outcome().of_input);
    task::Batch training, again, held_out;
    made->training_batch(5, training);
    made->training_batch(5, again);
    made->held_out_batch(5, held_out);
    EXPECT_EQ(training.steps, kind.steps(e));
    EXPECT_EQ(training.size, 3);
    EXPECT_EQ(training.tokens, again.tokens);
    EXPECT_EQ(training.values, again.values);
    EXPECT_TRUE(training.tokens != held_out.tokens || training.values != held_out.values);
    EXPECT_GT(training.scored_steps(), 0);
    for (const int token : training.tokens) {
      EXPECT_GE(token, 0);
      EXPECT_LT(token, sizes.inputs);
    }
    for (const int label : training.classes) {
      EXPECT_GE(label, -1);
      EXPECT_LT(label, sizes.outputs);
    }
    e.seed = 2;
    EXPECT_NE(made->fingerprint(), make_task(e, {})->fingerprint());
  }
}

TEST(TaskKinds, OneThatDoesNotExistIsNamed) {
  TaskSpec task;
  task.kind = "sorting";
  EXPECT_EQ(error_of([&] { kind_of(task); }),
            "there is no task 'sorting', expected one of text, series, lines, temporal_order, "
            "selective_copying, induction, "
            "recall, parity, shell_game, nearest_neighbour, latch, copy_memory, adding, temporal_order_6a, "
            "counting, embedded_reber, continual_reber, flip_flop, reverse, copy, sort, dates, number_words, "
            "roman, pairs");
}

TEST(TaskKinds, WhatAStateDependsOnIsThePlaceOfItsNumbersAndTheData) {
  Experiment e;
  e.task.kind = "temporal_order";
  e.task.length = 20;
  const auto made = make_task(e, {});
  EXPECT_EQ(identity_of(e.task, *made), (nlohmann::json{{"kind", "temporal_order"}, {"length", 20}}));
  EXPECT_EQ(kind_of(e.task).steps(e), 20);
  EXPECT_EQ(made->outcome().name, "label");
}

TEST(TaskKinds, ALagAsPublishedIsNotWritten) {
  Experiment e;
  e.task.kind = "embedded_reber";
  EXPECT_EQ(to_json(e.task), (nlohmann::json{{"kind", "embedded_reber"}, {"length", 50}}))
      << "as programs without it wrote it";
  EXPECT_EQ(identity_of(e.task, *make_task(e, {})), to_json(e.task));
  EXPECT_EQ(read_task({to_json(e.task), "/task"}), e.task);
  e.task.lag = 80;
  EXPECT_EQ(to_json(e.task)["lag"], 80);
  EXPECT_EQ(read_task({to_json(e.task), "/task"}), e.task);
  EXPECT_EQ(kind_of(e.task).steps(e), 84);
}

}  // namespace
}  // namespace gatescope::experiment
