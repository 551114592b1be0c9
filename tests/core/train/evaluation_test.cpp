#include "core/train/evaluation.h"

#include <gtest/gtest.h>

#include "core/experiment/experiment.h"
#include "core/train/trainer.h"
#include "tests/error_of.h"

namespace gatescope::train {
namespace {

/// A small model that has learnt a task for a while.
struct Learned {
  explicit Learned(const experiment::Experiment& wanted, int updates = 60)
      : experiment(wanted), task(experiment::make_task(experiment, GATESCOPE_SOURCE_DIR "/assets/corpora")) {
    experiment::complete(experiment, task->interface());
    trainer = std::make_unique<Trainer>(experiment, task, 1);
    for (int k = 0; k < updates; ++k) EXPECT_TRUE(trainer->step());
  }
  const nn::Network<float>& network() {
    trainer->network(0).prepare_all();
    return trainer->network(0);
  }

  experiment::Experiment experiment;
  std::shared_ptr<const task::Task> task;
  std::unique_ptr<Trainer> trainer;
};

experiment::Experiment of_task(const std::string& kind, Index length) {
  experiment::Experiment e;
  nn::ModelSpec model;
  model.cell = "gru";
  model.hidden = 10;
  e.models = {model};
  e.task.kind = kind;
  e.task.length = length;
  e.task.text = "brackets.txt";
  e.training.batch = 12;
  e.training.steps = 20;
  e.training.carry = kind == "text";
  return e;
}

TEST(Evaluation, HasTheHeldOutLossOfTheTrainer) {
  for (const char* kind : {"text", "parity", "adding"}) {
    Learned model(of_task(kind, 8));
    const auto result = evaluate(model.network(), *model.task);
    ASSERT_TRUE(result);
    EXPECT_NEAR(result->loss, *model.trainer->held_out()[0], 1e-5) << kind;
    EXPECT_EQ(result->accuracy.has_value(), kind != std::string("adding")) << kind;
    EXPECT_EQ(result->exact_match.has_value(), kind == std::string("parity")) << kind;
    EXPECT_EQ(result->positions.empty(), kind == std::string("text")) << kind;
  }
}

TEST(Evaluation, HasTheExactMatchOfTheTrainer) {
  for (const bool decoder : {true, false}) {
    experiment::Experiment e = of_task("number_words", 8);
    e.task.digits = 2;
    e.training.optimizer.rate = 0.02;
    e.models[0].embedding = 8;
    if (decoder) e.models[0].decoder = nn::DecoderSpec{nn::Attention::bahdanau};
    Learned model(e, 150);
    model.trainer->held_out();
    const std::optional<double> exact = model.trainer->exact_match().at(0);
    const auto result = evaluate(model.network(), *model.task);
    ASSERT_TRUE(exact && result);
    EXPECT_EQ(*exact, *result->exact_match);
    EXPECT_EQ(*exact, result->free_running->exact_match) << "up to an error both read the same";
    EXPECT_EQ(result->sequences, *model.task->held_out_count());
    if (decoder) {
      EXPECT_GT(*exact, 0);
      EXPECT_LT(*exact, 1);
    }
  }
  Learned other(of_task("parity", 8), 2);
  other.trainer->held_out();
  EXPECT_EQ(other.trainer->exact_match().at(0), std::nullopt) << "of pairs alone";
}

TEST(Evaluation, CountsStepsAndWholeSequences) {
  Learned model(of_task("parity", 6));
  const nn::Network<float>& network = model.network();
  const auto result = evaluate(network, *model.task);
  // One sequence after the other, by hand.
  Index steps = 0, right = 0, exact = 0;
  std::vector<Index> right_at(6);
  const auto sequences = task::held_out_sequences(*model.task);
  for (std::uint64_t number = 0; number < sequences; ++number) {
    const task::Sequence<float> sequence = task::held_out_sequence(*model.task, number);
    nn::Trace<float> trace;
    network.resize(trace, 6, 1);
    network.clear_states(trace);
    network.forward(trace, {sequence.tokens.data(), nullptr});
    bool all = true;
    for (Index t = 0; t < 6; ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (sequence.targets[at] < 0) continue;
      const bool is_right = (trace.outputs(1, t) > trace.outputs(0, t)) == (sequence.targets[at] == 1);
      ++steps;
      right += is_right;
      right_at[at] += is_right;
      all = all && is_right;
    }
    exact += all;
  }
  const auto share = [](Index part, auto whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  EXPECT_EQ(result->scored, steps);
  EXPECT_EQ(result->sequences, static_cast<Index>(sequences));
  EXPECT_DOUBLE_EQ(*result->accuracy, share(right, steps));
  EXPECT_DOUBLE_EQ(*result->exact_match, share(exact, sequences));
  ASSERT_EQ(result->positions.size(), 5u) << "all but the first";
  double loss = 0;
  for (const Evaluation::Position& position : result->positions) {
    EXPECT_EQ(position.scored, static_cast<Index>(sequences));
    EXPECT_DOUBLE_EQ(*position.accuracy, share(right_at[static_cast<std::size_t>(position.step)], sequences));
    loss += position.loss / 5;
  }
  EXPECT_NEAR(loss, result->loss, 1e-9);
  EXPECT_LT(*result->exact_match, *result->accuracy);
}

TEST(Evaluation, IsOfTheTaskThatTheModelFits) {
  Learned parity(of_task("parity", 6), 1);
  const auto order = experiment::make_task(of_task("temporal_order", 12), {});
  EXPECT_EQ(error_of([&] { evaluate(parity.network(), *order); }),
            "the model reads 3 symbols and tells 2 classes, the task has 8 symbols and 4 classes");
  EXPECT_FALSE(evaluate(parity.network(), *parity.task, [](Index done, Index) { return done < 2; }));
}

}  // namespace
}  // namespace gatescope::train
