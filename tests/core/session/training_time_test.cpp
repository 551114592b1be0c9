// The training's time: kept moments, branches, and the pause at the best.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/files.h"
#include "core/nn/force_rule.h"
#include "core/session/learner.h"

namespace gatescope::session {
namespace {

using std::chrono::milliseconds;

const std::string kCorpora = std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora";

experiment::Experiment a_little_training() {
  experiment::Experiment e;
  e.models[0].hidden = 8;
  e.models.resize(2, e.models[0]);
  e.models[1].cell = "gru";
  e.training.batch = 4;
  e.training.steps = 16;
  e.training.evaluate_every = 0;
  return e;
}

class TrainingTime : public testing::Test {
 protected:
  TrainingTime() { learner_.set_watched(false); }

  void open(const experiment::Experiment& e) {
    learner_.carry_out(SetProbe{{.text = "the river"}});
    act(Open{e, nullptr, false});
  }
  void act(Command command) {
    learner_.carry_out(std::move(command));
    while (learner_.advance(milliseconds(50))) {
    }
  }
  const Snapshot& now() const { return *learner_.snapshot(); }
  const nn::Trace<float>& trace(std::size_t m = 0) const {
    return now().readings->observations.at(m).text->trace;
  }
  checkpoint::Safetensors state() { return learner_.capture().training->state; }

  Learner learner_{SessionOptions{.threads = 1, .corpora = kCorpora}};
};

TEST_F(TrainingTime, AMomentShowsExactlyWhatWasShownThen) {
  open(a_little_training());
  act(Train{true, 5});
  const auto outputs = trace().outputs, gru = trace(1).outputs;
  const std::string writes = now().readings->writes.at(0).text;
  const auto file = learner_.model_files().at(1);
  const std::optional<double> loss = now().models.at(0).loss;
  act(Train{true, 12});
  const auto outputs_now = trace().outputs;
  EXPECT_NE(outputs_now, outputs);
  const checkpoint::Safetensors before = state();

  act(ShowUpdate{5});
  EXPECT_EQ(now().shown_update, 5u);
  EXPECT_EQ(now().updates, 12u) << "the training stands where it stood";
  EXPECT_EQ(now().readings->update, 5u);
  EXPECT_EQ(trace().outputs, outputs);
  EXPECT_EQ(trace(1).outputs, gru);
  EXPECT_EQ(now().readings->writes.at(0).text, writes);
  EXPECT_EQ(now().models.at(0).loss, loss);
  const auto file_then = learner_.model_files().at(1);
  EXPECT_EQ(file_then.metadata.at("updates"), "5");
  EXPECT_EQ(file_then.tensors, file.tensors) << "what is exported is what is shown";
  EXPECT_EQ(state(), before);

  act(SetProbe{{.text = "the river", .rules = {nn::parse_force_rule("f=0")}}});
  EXPECT_EQ(now().readings->observations.at(0).natural->trace.outputs, outputs) << "forced at that moment";
  act(SetProbe{{.text = "the river"}});
  act(ShowUpdate{});
  EXPECT_FALSE(now().shown_update);
  EXPECT_EQ(trace().outputs, outputs_now);
}

TEST_F(TrainingTime, OnlyKeptMomentsAreShown) {
  open(a_little_training());
  act(Train{true, 100});
  ASSERT_TRUE(now().moments);
  EXPECT_TRUE(now().moments->has(0) && now().moments->has(64));
  act(ShowUpdate{1000});
  EXPECT_NE(now().problem.find("update 1000 were not kept"), std::string::npos);
  EXPECT_FALSE(now().shown_update);
  act(ShowUpdate{3});
  act(UpdateOnce{});
  EXPECT_FALSE(now().shown_update) << "an update is one of the present";
  EXPECT_EQ(now().updates, 101u);
}

TEST_F(TrainingTime, GoingOnFromAMomentRepeatsTheRunBitForBit) {
  open(a_little_training());
  act(Train{true, 12});
  const checkpoint::Safetensors end = state();
  const double loss = now().history->at(0).metrics.back().loss;
  act(GoOnFrom{5, false});
  EXPECT_EQ(now().updates, 5u);
  EXPECT_FALSE(now().training);
  EXPECT_EQ(now().history->at(0).metrics.size(), 5u);
  ASSERT_EQ(now().branches.size(), 1u);
  EXPECT_EQ(now().branches[0].from, 5u);
  EXPECT_EQ(now().branches[0].to, 12u);
  EXPECT_EQ(now().branches[0].metrics->at(1).size(), 12u) << "its curve stays";
  EXPECT_NE(state(), end);
  act(Train{true, 12});
  EXPECT_EQ(state(), end);
  EXPECT_EQ(now().history->at(0).metrics.back().loss, loss);
}

TEST_F(TrainingTime, BothBranchesCanBeReturnedTo) {
  open(a_little_training());
  act(Train{true, 12});
  const checkpoint::Safetensors one = state();
  act(GoOnFrom{5, false});
  act(SetRate{0.5});
  act(Train{true, 9});
  const checkpoint::Safetensors other = state();
  act(ReturnTo{0});
  EXPECT_EQ(state(), one);
  EXPECT_EQ(now().updates, 12u);
  EXPECT_EQ(now().history->at(1).metrics.size(), 12u);
  ASSERT_EQ(now().branches.size(), 1u);
  EXPECT_EQ(now().branches[0].to, 9u);
  EXPECT_EQ(now().branches[0].from, 5u);
  EXPECT_FALSE(now().moments->has(7)) << "of the other branch";
  act(ReturnTo{0});
  EXPECT_EQ(state(), other);
  act(ReturnTo{7});
  EXPECT_NE(now().problem.find("no branch 8"), std::string::npos);
}

TEST_F(TrainingTime, TrainingItOneselfBeginsFromNothingBesideWhatWasLearnt) {
  open(a_little_training());
  act(Train{true, 12});
  const checkpoint::Safetensors learnt = state();
  learner_.carry_out(Restart{.beside = true});
  EXPECT_TRUE(learner_.training());
  act(Train{true, 12});
  EXPECT_EQ(state(), learnt) << "the seed is the same";
  ASSERT_EQ(now().branches.size(), 1u);
  EXPECT_EQ(now().branches[0].from, 0u);
  act(Restart{});
  EXPECT_TRUE(now().branches.empty()) << "a reset begins anew";
}

TEST_F(TrainingTime, ItsMemoryIsBoundedAndTold) {
  SessionOptions options{.threads = 1, .corpora = kCorpora};
  options.moments = 400'000;
  Learner learner(options);
  learner.set_watched(false);
  learner.carry_out(Open{a_little_training(), nullptr, false});
  learner.carry_out(Train{true, 150});
  const auto settle = [&] {
    while (learner.advance(milliseconds(50))) {
    }
  };
  settle();
  const KeptMoments& kept = *learner.snapshot()->moments;
  EXPECT_EQ(kept.budget, 400'000u);
  EXPECT_LE(kept.bytes, kept.budget);
  EXPECT_GT(kept.updates.size(), 3u);
  EXPECT_TRUE(kept.has(0));
  learner.carry_out(GoOnFrom{kept.updates.at(kept.updates.size() / 2), false});
  settle();
  EXPECT_LE(learner.snapshot()->moments->bytes, 400'000u) << "the ends of branches count";
}

// --- Overfitting ------------------------------------------------------------------------------------------

/// A text so small that it is soon learnt by heart.
class LearntByHeart : public TrainingTime {
 protected:
  LearntByHeart() {
    path_ = std::filesystem::temp_directory_path() / fmt::format("gatescope_small_{}.txt", getpid());
    std::ofstream(path_) << read_file(kCorpora + "/tales.txt").substr(0, 4000);
  }
  ~LearntByHeart() override { std::filesystem::remove(path_); }

  experiment::Experiment small(std::uint64_t seed) const {
    experiment::Experiment e;
    e.task.text = path_.native();
    e.models[0].hidden = 32;
    e.training.batch = 8;
    e.training.steps = 32;
    e.training.evaluate_every = 20;
    e.training.optimizer.rate = 0.01;
    e.seed = seed;
    return e;
  }
  /// Trains until it pauses by itself; none: not within so many updates.
  std::optional<std::uint64_t> paused_within(std::uint64_t updates) {
    learner_.carry_out(Train{true, {}});
    while (learner_.training() && now().updates < updates) learner_.advance(milliseconds(0));
    while (learner_.training() && !learner_.snapshot()->paused_at && updates > now().updates)
      learner_.advance(milliseconds(0));
    if (learner_.training()) learner_.carry_out(Train{false, {}});
    while (learner_.advance(milliseconds(50))) {
    }
    return now().paused_at;
  }

  std::filesystem::path path_;
};

TEST_F(LearntByHeart, PausesAtTheBestOnEverySeed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    open(small(seed));
    const auto paused = paused_within(1500);
    ASSERT_TRUE(paused) << "seed " << seed;
    const train::HeldOutStanding standing = now().models.at(0).standing.value();
    EXPECT_TRUE(standing.overfitting);
    EXPECT_LE(standing.best_update + 60, *paused) << "three measurements later at the least";
    EXPECT_GT(standing.last, 1.02 * standing.best);
    EXPECT_TRUE(now().moments->has(standing.best_update)) << "the best weights are kept";

    act(GoOnFrom{standing.best_update, false});
    EXPECT_EQ(now().updates, standing.best_update);
    EXPECT_EQ(now().models.at(0).held_out, standing.best);
    EXPECT_FALSE(now().paused_at);
    EXPECT_FALSE(now().models.at(0).standing->overfitting);
    EXPECT_EQ(now().branches.at(0).to, *paused);
  }
}

TEST_F(LearntByHeart, WhoGoesOnAnywayIsNotStoppedAgain) {
  open(small(1));
  const auto paused = paused_within(1500);
  ASSERT_TRUE(paused);
  EXPECT_FALSE(paused_within(*paused + 200));
  EXPECT_GE(now().updates, *paused + 200);
  EXPECT_TRUE(now().models.at(0).standing->overfitting) << "it is still said";
}

TEST_F(LearntByHeart, NobodyIsPausedWhoSaidHowFarOrSwitchedItOff) {
  open(small(1));
  const auto paused = paused_within(1500);
  ASSERT_TRUE(paused);
  const std::uint64_t beyond = *paused + 40;
  open(small(1));
  act(Train{true, beyond});
  EXPECT_EQ(now().updates, beyond);
  EXPECT_TRUE(now().models.at(0).standing->overfitting);
  auto e = small(1);
  e.training.pause_at_best = false;
  open(e);
  EXPECT_FALSE(paused_within(beyond));
  act(Restart{});
  act(SetPauseAtBest{true});
  EXPECT_TRUE(now().experiment.training.pause_at_best);
  EXPECT_TRUE(paused_within(1500));
}

TEST_F(LearntByHeart, ThePauseDoesNotChangeABit) {
  open(small(2));
  const auto paused = paused_within(1500);
  ASSERT_TRUE(paused);
  const checkpoint::Safetensors there = state();
  auto e = small(2);
  e.training.pause_at_best = false;
  open(e);
  act(Train{true, *paused});
  EXPECT_EQ(state().tensors, there.tensors);
}

}  // namespace
}  // namespace gatescope::session
