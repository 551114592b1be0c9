// Work beside the frames: on threads, and on a host that has one.

#include "app/desk/executor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/desk/frame_executor.h"
#include "app/desk/threaded_executor.h"
#include "app/desk/workbench.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::ui {
namespace {

namespace fs = std::filesystem;

enum class HostKind { threaded, frame };

std::unique_ptr<Executor> make_executor(HostKind kind) {
  if (kind == HostKind::frame) return std::make_unique<FrameExecutor>();
  return std::make_unique<ThreadedExecutor>();
}

class Executors : public testing::TestWithParam<HostKind> {
 protected:
  std::unique_ptr<Executor> executor_ = make_executor(GetParam());
};

TEST_P(Executors, DoAllPiecesInTheirOrderAndHandOverWhatComesOfThem) {
  std::vector<int> pieces;
  std::atomic<int> left{5};
  executor_->post([&] {
    pieces.push_back(left);
    return --left > 0;
  });
  auto sum = post_task(*executor_, [] { return 40 + 2; });
  auto bad = post_task(*executor_, []() -> int { fail("no such thing"); });
  executor_->wait_until([&] { return left == 0 && is_ready(sum) && is_ready(bad); });
  EXPECT_EQ(pieces, (std::vector<int>{5, 4, 3, 2, 1}));
  EXPECT_EQ(sum.get(), 42);
  EXPECT_THROW(bad.get(), Error);
}

TEST_P(Executors, AJobThatIsPostedFromAnotherOneIsDoneToo) {
  std::atomic<bool> done{false};
  executor_->post([&] {
    executor_->post([&] {
      done = true;
      return false;
    });
    return false;
  });
  executor_->wait_until([&] { return done.load(); });
}

TEST_P(Executors, ALongJobKeepsNoOtherWaiting) {
  std::atomic<bool> stop{false};
  std::atomic<int> others{0};
  executor_->post([&] { return !stop.load(); });
  for (int k = 0; k < 3; ++k) {
    executor_->post([&] {
      ++others;
      return false;
    });
  }
  executor_->wait_until([&] { return others == 3; });
  stop = true;
  executor_.reset();
}

TEST_P(Executors, TheEndFinishesWhatIsToBeFinishedAndLeavesTheRest) {
  const auto left = std::make_shared<std::atomic<int>>(0);  // pieces that nobody waits for go on for a moment
  int finished = 0;
  executor_->post([&] { return ++finished < 4; });
  executor_->post([left] { return ++*left > 0; }, Executor::AtEnd::leave);
  executor_.reset();
  EXPECT_EQ(finished, 4);
}

INSTANTIATE_TEST_SUITE_P(, Executors, testing::Values(HostKind::threaded, HostKind::frame),
                         [](const auto& each) {
                           return each.param == HostKind::frame ? "frame" : "threaded";
                         });

TEST(FrameExecutor, DoesAPieceOfEachJobInTurnAndNoMoreThanTheBudget) {
  FrameExecutor executor;
  std::string order;
  const auto job = [&](char name, int pieces) {
    executor.post([&order, name, pieces]() mutable {
      order += name;
      return --pieces > 0;
    });
  };
  job('a', 3), job('b', 2);
  EXPECT_TRUE(executor.advance({}));
  EXPECT_EQ(order, "a") << "one piece, however small the budget";
  EXPECT_TRUE(executor.advance({}));
  EXPECT_EQ(order, "ab");
  EXPECT_FALSE(executor.advance(std::chrono::seconds(10)));
  EXPECT_EQ(order, "ababa");
  EXPECT_FALSE(executor.advance({}));
  EXPECT_THROW(executor.wait_until([] { return false; }), Error) << "it would never end";
}

/// The whole workbench, with either.
class WorkbenchOn : public testing::TestWithParam<HostKind> {
 protected:
  WorkbenchOn() {
    folder_ = fs::temp_directory_path() / fmt::format("gatescope_executor_{}", getpid());
    fs::create_directories(folder_);
    std::ofstream(folder_ / "small.json") << R"({"title": "Small", "models": [{"hidden": 8}],
      "training": {"batch": 4, "steps": 16, "updates": 4, "evaluate_every": 0}})";
    bench_ = begin();
    bench_->files().open({folder_ / "small.json"});
    bench_->session().send(session::Train{false, {}});
    bench_->session().send(session::Restart{});
    bench_->session().settle(true);
    frames(4);
  }
  ~WorkbenchOn() override {
    bench_ = nullptr;
    std::error_code code;
    fs::remove_all(folder_, code);
  }

  std::unique_ptr<Workbench> begin() const {
    const fs::path source(GATESCOPE_SOURCE_DIR);
    return std::make_unique<Workbench>(
        Folders{source / "assets/corpora", source / "presets", folder_ / "state", folder_ / "exports"}, 1,
        "test", make_executor(GetParam()));
  }
  void frames(int count) const {
    for (int k = 0; k < count; ++k) {
      bench_->session().settle();
      bench_->tick(1.0 / 60);
    }
  }
  /// Frames until it is so, or for half a minute.
  void frames_until(const std::function<bool()>& done) const {
    for (const auto start = Clock::now(); !done() && seconds_since(start) < 30; frames(1))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FigureOrder order(const std::string& view) const { return bench_->shown().order(view, {300, 200}, {}); }
  std::string told() const {
    std::string all;
    for (const Notice& notice : bench_->notices().all()) all += notice.text + "\n";
    return all;
  }

  fs::path folder_;
  std::unique_ptr<Workbench> bench_;
};

TEST_P(WorkbenchOn, FiguresAreBuiltAndTheNewestOrderOfAPlaceWins) {
  FigureBuilder& figures = bench_->figures();
  EXPECT_TRUE(figures.idle());
  for (const char* view : {"gates", "states", "cell"}) figures.want(view, order(view));
  figures.want("gates", order("saturation"));
  EXPECT_FALSE(figures.idle() && GetParam() == HostKind::frame) << "nothing is built before a frame";
  figures.settle();
  EXPECT_TRUE(figures.idle());
  for (const char* place : {"gates", "states", "cell"}) ASSERT_TRUE(figures.get(place)) << place;
  EXPECT_EQ(figures.get("gates")->order.view, "saturation");
  EXPECT_EQ(figures.get("gates")->problem, "");
  figures.want("gates", order("gates"));
  while (!figures.idle()) frames(1);
  EXPECT_EQ(figures.get("gates")->order.view, "gates");
}

TEST_P(WorkbenchOn, AnOrderThatWaitsWhenTheWindowEndsIsNotBuilt) {
  bench_->figures().want("gates", order("gates"));
  bench_ = nullptr;
}

TEST_P(WorkbenchOn, FiguresAreExportedOverFramesAndCanBeCancelled) {
  const fs::path path = folder_ / "gates.svg";
  bench_->exports().begin({.path = path, .view = "gates", .size = {320, 240}, .theme = {}});
  EXPECT_TRUE(bench_->exports().writing());
  frames_until([&] { return !bench_->exports().writing(); });
  EXPECT_TRUE(told().find("wrote") != std::string::npos) << told();
  EXPECT_TRUE(read_file(path, 1 << 24).starts_with("<?xml"));

  const fs::path moving = folder_ / "gates.gif";
  bench_->exports().begin({.path = moving, .view = "gates", .size = {320, 240}, .theme = {}});
  bench_->exports().cancel();
  bench_->exports().wait();
  EXPECT_FALSE(bench_->exports().writing());
  EXPECT_TRUE(told().find("cancelled; nothing was written") != std::string::npos) << told();
  EXPECT_FALSE(fs::exists(moving));
}

TEST_P(WorkbenchOn, LargeFilesAreReadOverFrames) {
  bench_->editor().edit("units", [](Document& d) { d.experiment.models[0].hidden = 800; });
  frames(4);
  const fs::path session = folder_ / "large.gatescope", model = folder_ / "large.safetensors";
  ASSERT_TRUE(bench_->files().save_session(session));
  checkpoint::save_model(model, bench_->session().model_files().get().front());
  ASSERT_GT(fs::file_size(session), 8'000'000u);
  ASSERT_GT(fs::file_size(model), 8'000'000u);
  for (const fs::path& path : {session, model}) {
    bench_ = begin();
    EXPECT_TRUE(bench_->files().open({path}));
    EXPECT_TRUE(bench_->files().loading());
    EXPECT_EQ(bench_->shown().now().models.size(), 0u) << "nothing was read at once";
    frames_until([&] { return !bench_->files().loading(); });
    frames(2);
    EXPECT_EQ(bench_->shown().hidden(), 800) << path << told();
    EXPECT_EQ(bench_->files().session_path().has_value(), path == session);
  }
  // Another file is opened meanwhile: what is on its way is let go of.
  bench_->files().open({session});
  bench_->files().open({folder_ / "small.json"});
  EXPECT_FALSE(bench_->files().loading());
  frames(4);
  EXPECT_EQ(bench_->shown().hidden(), 8);
}

TEST_P(WorkbenchOn, TheSessionIsKept) {
  bench_->beginning().start({folder_ / "small.json"});
  frames(4);
  bench_->act(SetProbeText{"the mill"});
  const auto kept = [&] {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(folder_ / "state", code))
      if (entry.path().extension() == ".gatescope") return true;
    return false;
  };
  frames_until(kept);
  EXPECT_TRUE(kept()) << told();
}

INSTANTIATE_TEST_SUITE_P(, WorkbenchOn, testing::Values(HostKind::threaded, HostKind::frame),
                         [](const auto& each) {
                           return each.param == HostKind::frame ? "frame" : "threaded";
                         });

}  // namespace
}  // namespace gatescope::ui
