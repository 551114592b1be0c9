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
    return now().readings->observations.at(m).sequence->trace;
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

/// A budget in which two states have room, as those of five million parameters in 128 MB.
TEST_F(TrainingTime, BranchesStayWithinTheStatedMemory) {
  open(a_little_training());
  act(Train{true, 2});
  std::size_t bytes = 0;
  for (const checkpoint::Tensor& tensor : state().tensors) bytes += tensor.bytes.size();
  SessionOptions options{.threads = 1, .corpora = kCorpora};
  options.moments = bytes * 128 / 60;
  Learner learner(options);
  learner.set_watched(false);
  const auto act = [&](Command command) {
    learner.carry_out(std::move(command));
    while (learner.advance(milliseconds(50))) {
    }
    if (!learner.snapshot()->moments) return;
    EXPECT_LE(learner.snapshot()->moments->bytes, options.moments);
    EXPECT_FALSE(learner.snapshot()->moments->updates.empty()) << "some moment always has room";
  };
  act(Open{a_little_training(), nullptr, false});
  for (const std::uint64_t end : {20, 30, 40}) {
    act(Train{true, end});
    EXPECT_EQ(learner.snapshot()->dropped_number, end == 20 ? 0u : (end - 20) / 10 - 1);
    act(GoOnFrom{learner.snapshot()->moments->updates.front(), false});
    EXPECT_EQ(learner.snapshot()->problem, "");
    ASSERT_EQ(learner.snapshot()->branches.size(), 1u);
    EXPECT_EQ(learner.snapshot()->branches[0].to, end) << "the newest stays";
  }
  EXPECT_NE(learner.snapshot()->dropped.find("the one that ended at update 30"), std::string::npos)
      << learner.snapshot()->dropped;
  act(ReturnTo{0});
  EXPECT_EQ(learner.snapshot()->updates, 40u);
}

TEST_F(TrainingTime, WhatHasNoRoomBesideANewRunIsNotLost) {
  SessionOptions options{.threads = 1, .corpora = kCorpora};
  options.moments = 1000;
  Learner learner(options);
  learner.set_watched(false);
  learner.carry_out(Open{a_little_training(), nullptr, false});
  learner.carry_out(Train{true, 5});
  while (learner.advance(milliseconds(50))) {
  }
  learner.carry_out(Restart{.beside = true});
  while (learner.advance(milliseconds(50))) {
  }
  EXPECT_EQ(learner.snapshot()->updates, 5u);
  EXPECT_NE(learner.snapshot()->problem.find("cannot stay beside"), std::string::npos);
}

TEST_F(TrainingTime, ThreeBranchesAreKeptAndTheFourthIsSaid) {
  open(a_little_training());
  for (const std::uint64_t end : {12, 14, 16, 18}) {
    EXPECT_EQ(now().dropped, "");
    act(Train{true, end});
    act(GoOnFrom{5, false});
  }
  ASSERT_EQ(now().branches.size(), 3u);
  EXPECT_EQ(now().branches[0].to, 14u);
  EXPECT_NE(now().dropped.find("the one that ended at update 12"), std::string::npos) << now().dropped;
  act(ReturnTo{1});
  EXPECT_EQ(now().updates, 16u) << "whichever is asked for";
  ASSERT_EQ(now().branches.size(), 2u) << "5 is where they part: nothing was left";
}

/// What a reset begins with is what is in force.
TEST_F(TrainingTime, ARestartKeepsEditsAndForgetsForcingThatWasSwitchedOff) {
  auto e = a_little_training();
  e.title = "Old";
  e.look_for = "old";
  open(e);
  act(SetLabels{"New", "new"});
  act(SetRate{0.005});
  act(SetProbe{{.text = "the river", .rules = {nn::parse_force_rule("f=0")}, .force_training = true}});
  act(Train{true, 3});
  EXPECT_EQ(learner_.model_files().at(0).experiment.dump().find("Old"), std::string::npos);
  EXPECT_NE(learner_.model_files().at(0).experiment.dump().find("New"), std::string::npos);
  EXPECT_NE(learner_.model_files().at(0).experiment.dump().find("f=0"), std::string::npos)
      << "it was trained under it";
  act(Restart{});
  EXPECT_EQ(now().experiment.title, "New");
  EXPECT_EQ(now().experiment.look_for, "new");
  EXPECT_EQ(now().experiment.training.optimizer.rate, 0.005);
  EXPECT_TRUE(now().experiment.force.empty()) << "the probe's rules are not the experiment's";
  act(SetProbe{{.text = "the river"}});
  act(Train{true, 3});
  const checkpoint::Safetensors free = state();
  EXPECT_EQ(learner_.model_files().at(0).experiment.dump().find("f=0"), std::string::npos);
  auto fresh = e;
  fresh.training.optimizer.rate = 0.005;
  open(fresh);
  act(Train{true, 3});
  EXPECT_EQ(state().tensors, free.tensors);
}

TEST_F(TrainingTime, AnOpeningBringsItsPaceAndAFailedOneLeavesIt) {
  learner_.carry_out(SetProbe{{.text = "the river"}});
  act(Open{.experiment = a_little_training(), .from = nullptr, .train = false, .pace = 7});
  EXPECT_EQ(now().pace, 7);
  auto none = a_little_training();
  none.task.text = "/nowhere/at/all.txt";
  act(Open{.experiment = none, .from = nullptr, .train = false, .pace = 60});
  EXPECT_NE(now().problem, "");
  EXPECT_EQ(now().pace, 7);
  act(Open{.experiment = a_little_training(), .from = nullptr, .train = false});
  EXPECT_EQ(now().pace, 7) << "one without a pace leaves it, too";
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

TEST_F(LearntByHeart, ABranchKeepsItsBestWeights) {
  open(small(1));
  const auto paused = paused_within(1500);
  ASSERT_TRUE(paused);
  const std::uint64_t best = now().models.at(0).standing->best_update;
  const double held_out = now().models.at(0).standing->best;
  act(ShowUpdate{best});
  const auto weights = learner_.model_files().at(0).tensors;
  ASSERT_LT(best + 1, *paused);
  // Parted twice: after the best, then before it.
  std::uint64_t after = 0, before = 0;
  for (const std::uint64_t update : now().moments->updates) {
    if (update > best && update < *paused) after = update;
    if (update < best && update > 0) before = update;
  }
  ASSERT_TRUE(after > 0 && before > 0);
  act(GoOnFrom{after, false});
  EXPECT_EQ(now().branches.at(0).best, std::vector<std::uint64_t>{best});
  act(GoOnFrom{before, false});
  EXPECT_FALSE(now().moments->has(best));
  ASSERT_EQ(now().branches.size(), 2u);
  EXPECT_EQ(now().branches[0].from, before);
  EXPECT_EQ(now().branches[0].best, std::vector<std::uint64_t>{best});
  act(Train{true, before + 3});
  act(ReturnTo{0});
  EXPECT_EQ(now().updates, *paused);
  EXPECT_TRUE(now().moments->has(best));
  EXPECT_EQ(now().models.at(0).standing->best_update, best);
  act(ShowUpdate{best});
  EXPECT_EQ(learner_.model_files().at(0).tensors, weights);
  act(GoOnFrom{best, false});
  EXPECT_EQ(now().models.at(0).held_out, held_out);
}

TEST_F(LearntByHeart, BestWeightsOfBranchesGoFirstWhereThereIsNoRoom) {
  open(small(1));
  const auto paused = paused_within(1500);
  ASSERT_TRUE(paused);
  const std::uint64_t best = now().models.at(0).standing->best_update;
  std::size_t bytes = 0;
  for (const checkpoint::Tensor& tensor : state().tensors) bytes += tensor.bytes.size();
  SessionOptions options{.threads = 1, .corpora = kCorpora};
  options.moments = 3 * bytes + bytes / 2;
  Learner learner(options);
  learner.set_watched(false);
  learner.carry_out(Open{small(1), nullptr, false});
  learner.carry_out(Train{true, *paused});
  while (learner.advance(milliseconds(50))) {
  }
  EXPECT_TRUE(learner.snapshot()->moments->has(best)) << "however few have room";
  learner.carry_out(GoOnFrom{0, false});
  while (learner.advance(milliseconds(50))) {
  }
  ASSERT_EQ(learner.snapshot()->branches.size(), 1u);
  EXPECT_TRUE(learner.snapshot()->branches[0].best.empty());
  EXPECT_NE(learner.snapshot()->dropped.find("the best weights of the run that ended"), std::string::npos);
  EXPECT_LE(learner.snapshot()->moments->bytes, options.moments);
}

}  // namespace
}  // namespace gatescope::session
