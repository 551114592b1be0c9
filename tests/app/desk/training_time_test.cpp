// The training's time, and the pause at the best, as a person at the window has them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "app/desk/workbench.h"
#include "core/files.h"

namespace gatescope::ui {
namespace {

namespace fs = std::filesystem;

class TrainingTimeOnTheDesk : public testing::Test {
 protected:
  TrainingTimeOnTheDesk() {
    folder_ = fs::temp_directory_path() / fmt::format("gatescope_training_time_{}", getpid());
    fs::create_directories(folder_);
    std::ofstream(folder_ / "small.txt") << read_file(source() / "assets/corpora/tales.txt").substr(0, 4000);
    std::ofstream(folder_ / "small.json") << R"({"title": "Small", "opening": {"paused": true, "pace": 7},
      "task": {"kind": "text", "text": "small.txt"}, "models": [{"hidden": 32}],
      "training": {"batch": 8, "steps": 32, "evaluate_every": 20, "optimizer": {"rate": 0.01}}})";
    bench_.files().open({folder_ / "small.json"});
    settle();
  }
  ~TrainingTimeOnTheDesk() override {
    std::error_code code;
    fs::remove_all(folder_, code);
  }

  static fs::path source() { return GATESCOPE_SOURCE_DIR; }
  void act(const Intent& intent) {
    bench_.act(intent);
    settle();
  }
  void settle() {
    for (int k = 0; k < 4; ++k) {
      bench_.session().settle();
      bench_.tick(1.0 / 60);
    }
  }
  void train_until(std::uint64_t updates) {
    bench_.session().send(session::SetPace{0});
    bench_.session().send(session::Train{true, updates});
    bench_.session().settle(true);
    settle();
  }
  const session::Snapshot& now() const { return bench_.shown().now(); }

  fs::path folder_;
  Workbench bench_{{source() / "assets/corpora", source() / "presets", {}, {}}, 1, "test"};
};

TEST_F(TrainingTimeOnTheDesk, AnExperimentOpensAtItsPace) {
  EXPECT_EQ(now().pace, 7);
  bench_.files().open_preset("race");
  settle();
  EXPECT_EQ(now().pace, 10) << "a class can watch it";
  bench_.files().open_preset("forgetting");
  settle();
  EXPECT_EQ(now().pace, 0) << "the next one does not inherit it";
}

TEST_F(TrainingTimeOnTheDesk, ViewsFollowTheMomentThatIsShown) {
  train_until(10);
  const auto then = bench_.shown().tape()->values(0);
  const std::vector<float> values(then.data(), then.data() + then.size());
  train_until(40);
  const Document document = bench_.editor().document();
  act(ShowUpdate{10});
  EXPECT_EQ(now().shown_update, 10u);
  const auto shown = bench_.shown().tape()->values(0);
  EXPECT_EQ(std::vector<float>(shown.data(), shown.data() + shown.size()), values);
  EXPECT_EQ(bench_.editor().document(), document) << "it is no choice that undo would have to know";

  act(GoOnFrom{10, false});
  EXPECT_EQ(now().updates, 10u);
  EXPECT_FALSE(now().shown_update);
  ASSERT_EQ(now().branches.size(), 1u);
  act(ReturnTo{0});
  EXPECT_EQ(now().updates, 40u);
}

TEST_F(TrainingTimeOnTheDesk, ItPausesAtTheBestUnlessThatIsSwitchedOff) {
  bench_.act(SetPace{0});
  bench_.act(Train{true});
  bench_.session().settle(true);
  settle();
  ASSERT_TRUE(now().paused_at);
  const std::uint64_t paused = *now().paused_at, best = now().models.at(0).standing->best_update;
  act(GoOnFrom{best, false});
  EXPECT_EQ(now().updates, best);
  EXPECT_FALSE(now().paused_at);

  experiment::Experiment other = bench_.editor().document().experiment;
  other.training.pause_at_best = false;
  act(EditExperiment{"pause at the best", other});
  EXPECT_FALSE(now().experiment.training.pause_at_best);
  EXPECT_EQ(now().updates, best) << "it changes a running training, and begins none";
  bench_.act(Train{true});
  while (bench_.session().latest()->updates < paused + 40) {
  }
  act(Train{false});
  EXPECT_FALSE(now().paused_at);
  act(Undo{});
  EXPECT_TRUE(now().experiment.training.pause_at_best);
}

TEST_F(TrainingTimeOnTheDesk, APresetThatCameTrainedIsTrainedFromNothingBesideIt) {
  bench_.files().open_preset("temporal_order");
  settle();
  EXPECT_EQ(now().updates, 1000u);
  bench_.act(SetPace{0});
  bench_.act(TrainYourself{});
  bench_.session().settle();
  act(Train{false});
  EXPECT_LT(now().updates, 1000u);
  ASSERT_EQ(now().branches.size(), 1u);
  EXPECT_EQ(now().branches[0].to, 1000u);
  EXPECT_FALSE(now().branches[0].metrics->at(0).empty()) << "its curve is there to be compared with";
  act(ReturnTo{0});
  EXPECT_EQ(now().updates, 1000u);
}

TEST_F(TrainingTimeOnTheDesk, AFailedOpeningLeavesThePaceAndUndoGivesItBack) {
  std::ofstream(folder_ / "none.json") << R"({"title": "None", "opening": {"pace": 60},
    "task": {"kind": "text", "text": "nowhere.txt"}})";
  experiment::Experiment none = bench_.editor().document().experiment;
  none.task.text = (folder_ / "nowhere.txt").native();
  none.opening.pace = 60;
  bench_.editor().open_experiment(none, false);
  settle();
  EXPECT_EQ(now().pace, 7);
  EXPECT_EQ(bench_.editor().document().experiment.title, "Small");

  bench_.act(SetPace{1});
  settle();
  bench_.files().open_preset("race");
  settle();
  EXPECT_EQ(now().pace, 10);
  act(Undo{});
  EXPECT_EQ(now().experiment.title, "Small");
  EXPECT_EQ(now().pace, 1) << "as before the opening";
  act(Redo{});
  EXPECT_EQ(now().pace, 10);
  act(Undo{});
  EXPECT_EQ(now().pace, 1);
  experiment::Experiment other = bench_.editor().document().experiment;
  other.models[0].hidden = 16;
  act(EditExperiment{"units", other});
  act(SetPace{60});
  act(Undo{});
  EXPECT_EQ(now().pace, 60) << "the pace is no part of an edit";
}

TEST_F(TrainingTimeOnTheDesk, EveryKeptBranchIsReturnedToByItsIntent) {
  for (const std::uint64_t end : {10, 20, 30, 40}) {
    train_until(end);
    act(GoOnFrom{5, false});
  }
  ASSERT_EQ(now().branches.size(), 3u);
  const auto notices = bench_.notices().all();
  EXPECT_TRUE(std::ranges::any_of(notices, [](const Notice& notice) {
    return notice.text.find("the one that ended at update 10 cannot be returned to") != std::string::npos;
  }));
  act(ReturnTo{1});
  EXPECT_EQ(now().updates, 30u);
  act(ReturnTo{0});
  EXPECT_EQ(now().updates, 20u);
}

TEST_F(TrainingTimeOnTheDesk, AModelCalledBeforeIsExportedAsAnyOther) {
  std::ofstream(folder_ / "called.json") << R"({"title": "Called", "opening": {"paused": true},
    "task": {"kind": "text", "text": "small.txt"},
    "models": [{"name": "x", "hidden": 8}, {"name": "x before", "hidden": 8}],
    "training": {"batch": 4, "steps": 16, "evaluate_every": 5}})";
  bench_.files().open({folder_ / "called.json"});
  settle();
  train_until(10);
  act(ShowViews{{"training"}});
  for (const bool left : {false, true}) {
    if (left) act(GoOnFrom{5, false});
    if (left) train_until(8);
    const fs::path path = folder_ / (left ? "left.svg" : "all.svg");
    bench_.exports().begin({path, "training", {600, 400}, plot::ThemeName::light, 1, true});
    bench_.exports().wait();
    ASSERT_TRUE(fs::exists(path));
    const std::string table = read_file(path.parent_path() / (left ? "left.metrics.csv" : "all.metrics.csv"));
    EXPECT_NE(table.find("x before,"), std::string::npos) << table.substr(0, 300);
    EXPECT_EQ(std::ranges::count(table, '\n'), 1 + 2 * (left ? 8 : 10))
        << "those of the present training alone";
  }
}

}  // namespace
}  // namespace gatescope::ui
