// The whole workbench on one thread: everything a person does, from the frame alone.
#include "app/desk/workbench.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "app/desk/frame_executor.h"
#include "core/files.h"
#include "core/plot/layout.h"
#include "tests/temporary_folder.h"

namespace gatescope::ui {
namespace {

namespace fs = std::filesystem;

/// One piece a frame however fast the machine is, so that what is between pieces can be looked at.
class OnePieceAFrame final : public Executor {
 public:
  void post(Job job, AtEnd at_end) override { frames_.post(std::move(job), at_end); }
  void wait_until(const std::function<bool()>& done) override { frames_.wait_until(done); }
  bool advance(Clock::duration) override { return frames_.advance({}); }

 private:
  FrameExecutor frames_;
};

class AWorkbench : public testing::Test {
 protected:
  AWorkbench() { begin(); }

  void begin() {
    const fs::path source(GATESCOPE_SOURCE_DIR);
    bench_ = nullptr;
    bench_ = std::make_unique<Workbench>(
        Folders{source / "assets/corpora", source / "presets", folder_.path() / "state", folder_.path()}, 1,
        "alone", std::make_unique<OnePieceAFrame>());
  }

  /// Frames until it is so; none of them waits for anything.
  void frames_until(const char* what, const std::function<bool()>& done) {
    for (const auto start = Clock::now(); seconds_since(start) < 120;) {
      bench_->tick(1.0 / 60);
      if (done()) return;
    }
    FAIL() << what << " took two minutes: " << told();
  }
  void frames(int count) {
    while (count-- > 0) bench_->tick(1.0 / 60);
  }
  const session::Snapshot& now() const { return bench_->shown().now(); }
  std::string told() const {
    std::string all;
    for (const Notice& notice : bench_->notices().all()) all += notice.text + "\n";
    return all;
  }
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  void open_small() {
    write_file(at("small.json"), R"({"title": "Small", "models": [{"hidden": 6}],
      "training": {"batch": 2, "steps": 8, "evaluate_every": 0}})");
    bench_->act(OpenFiles{{at("small.json").string()}});
    frames_until("opening", [&] { return bench_->shown().readings() != nullptr; });
  }

  const TemporaryFolder folder_;
  std::unique_ptr<Workbench> bench_;
};

TEST_F(AWorkbench, OpensTrainsForcesShowsExportsSavesAndOpensAgain) {
  bench_->act(OpenPreset{"brackets"});
  frames_until("opening a preset", [&] { return !now().models.empty(); });
  open_small();
  bench_->act(Train{true});
  frames_until("training", [&] { return now().updates >= 3; });
  bench_->act(Train{false});
  bench_->act(SetProbeText{"the river and the mill"});
  bench_->act(Force{nn::parse_force_rule("f@2-5=0")});
  frames_until("reading under the rule", [&] {
    return bench_->shown().observation() && bench_->shown().observation()->natural &&
           bench_->shown().readings()->probe.text == "the river and the mill";
  });

  bench_->figures().want("gates", bench_->shown().order("gates", {300, 200}, {}));
  frames_until("a figure", [&] { return bench_->figures().idle() && bench_->figures().get("gates"); });
  EXPECT_EQ(bench_->figures().get("gates")->problem, "");

  bench_->act(ExportFigure{.path = at("gates.csv").string(), .view = "gates"});
  EXPECT_TRUE(bench_->exports().writing());
  frames_until("exporting", [&] { return !bench_->exports().writing(); });
  EXPECT_NE(read_file(at("gates.csv")).find("f"), std::string::npos) << told();

  const auto updates = now().updates;
  bench_->act(SaveSession{at("s.gatescope").string()});
  begin();
  bench_->act(OpenFiles{{at("s.gatescope").string()}});
  frames_until("opening again", [&] { return bench_->shown().readings() != nullptr; });
  EXPECT_EQ(now().updates, updates);
  EXPECT_EQ(bench_->editor().document().probe.rules.size(), 1u);
  EXPECT_TRUE(bench_->shown().observation()->natural);
}

TEST_F(AWorkbench, AReplayIsExportedOverFramesWithItsProgressAndIsCancelled) {
  open_small();
  bench_->act(Train{false});
  std::string text;
  while (text.size() < 4000) text += "the river and the mill ";
  bench_->act(SetProbeText{text});
  frames_until("reading", [&] { return bench_->shown().readings()->probe.text == text; });
  bench_->act(ExportFigure{.path = at("cell.gif").string(), .view = "cell"});
  double before = 0;
  int pieces = 0;
  while (bench_->exports().writing()) {
    bench_->tick(1.0 / 60);
    if (bench_->exports().progress() > before) ++pieces;
    before = bench_->exports().progress();
  }
  EXPECT_GT(pieces, 1) << "it takes several frames, and says how far it is";
  EXPECT_TRUE(fs::exists(at("cell.gif"))) << told();
  bench_->act(ExportFigure{.path = at("other.gif").string(), .view = "cell"});
  frames(1);
  bench_->act(CancelExport{});
  frames_until("cancelling", [&] { return !bench_->exports().writing(); });
  EXPECT_FALSE(fs::exists(at("other.gif")));
}

TEST_F(AWorkbench, ALargeFileIsReadOverFramesWithItsProgressAndIsCancelled) {
  open_small();
  bench_->act(Train{false});
  bench_->editor().edit("units", [](Document& d) { d.experiment.models[0].hidden = 700; });
  frames_until("a larger model", [&] { return now().models.at(0).spec.hidden == 700; });
  bench_->act(SaveSession{at("large.gatescope").string()});
  ASSERT_GT(fs::file_size(at("large.gatescope")), 8'000'000u);
  begin();
  bench_->act(OpenFiles{{at("large.gatescope").string()}});
  ASSERT_TRUE(bench_->files().loading());
  EXPECT_EQ(bench_->files().loading_progress(), 0);
  double before = 0;
  int pieces = 0;
  while (bench_->files().loading()) {
    bench_->tick(1.0 / 60);
    if (bench_->files().loading_progress() > before) ++pieces;
    before = bench_->files().loading_progress();
  }
  EXPECT_GT(pieces, 1);
  frames_until("opening", [&] { return bench_->shown().hidden() == 700; });
  begin();
  bench_->act(OpenFiles{{at("large.gatescope").string()}});
  frames(1);
  bench_->act(CancelOpening{});
  EXPECT_FALSE(bench_->files().loading());
  frames(20);
  EXPECT_TRUE(now().models.empty()) << "nothing was opened";
  EXPECT_NE(told().find("cancelled"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::ui
