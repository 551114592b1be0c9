// What the window knows and does, without a window.

#include "app/desk/workbench.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "core/analysis/unit_roles.h"
#include "core/checkpoint/safetensors.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "tests/rules.h"
#include "tests/sanitized.h"

namespace gatescope::ui {
namespace {

namespace fs = std::filesystem;

class WorkbenchTest : public testing::Test {
 protected:
  WorkbenchTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / fmt::format("gatescope_{}_{}", info->name(), getpid());
    fs::create_directories(folder_);
    std::ofstream(folder_ / "small.json") << R"({"title": "Small", "models": [{"hidden": 8}],
      "training": {"batch": 4, "steps": 16, "updates": 40, "evaluate_every": 0}})";
  }
  ~WorkbenchTest() override {
    std::error_code code;
    fs::remove_all(folder_, code);
  }

  Folders folders() const {
    const fs::path source(GATESCOPE_SOURCE_DIR);
    return {source / "assets/corpora", source / "presets", folder_ / "state", folder_ / "exports"};
  }

  /// Frames until nothing waits.
  static void settle(Workbench& bench) {
    for (int k = 0; k < 4; ++k) {
      bench.session().settle();
      bench.tick(1.0 / 60);
    }
  }

  /// The small experiment after so many updates from its beginning, paused.
  void open_small(Workbench& bench, std::uint64_t updates) const {
    bench.files().open({folder_ / "small.json"});
    train_anew(bench, updates);
  }
  static void train_anew(Workbench& bench, std::uint64_t updates) {
    bench.session().send(session::Train{false, {}});
    bench.session().send(session::Restart{});
    if (updates > 0) bench.session().send(session::Train{true, updates});
    bench.session().settle(true);
    settle(bench);
  }

  static bool says(const Workbench& bench, std::string_view what) {
    for (const Notice& notice : bench.notices().all())
      if (notice.text.find(what) != std::string::npos) return true;
    return false;
  }

  fs::path folder_;
};

TEST_F(WorkbenchTest, OpensAPresetOnItsViewsAndTrains) {
  Workbench bench(folders(), 1, "test");
  bench.files().open_preset("race");
  EXPECT_EQ(bench.editor().preset(), "race");
  EXPECT_EQ(bench.shown().view().open, bench.editor().document().experiment.views);
  train_anew(bench, 2);
  EXPECT_EQ(bench.shown().now().models.size(), 3u);
  EXPECT_EQ(bench.shown().now().updates, 2u);
  ASSERT_TRUE(bench.shown().readings());
  EXPECT_EQ(bench.shown().readings()->at_step.size(), 3u) << "the gradient of one loss is on show";
}

TEST_F(WorkbenchTest, APresetOpensAsItWantsToBeSeen) {
  Workbench bench(folders(), 1, "test");
  bench.files().open_preset("brackets");
  settle(bench);
  EXPECT_FALSE(bench.shown().now().training);
  EXPECT_EQ(bench.shown().now().updates, 2000u) << "it comes with what it has learnt";
  ASSERT_TRUE(bench.shown().tape());
  const auto roles = analysis::unit_roles(*bench.shown().tape(), bench.shown().readings()->characters);
  const auto counts = std::ranges::find(roles, "counts brackets", &analysis::UnitRole::what);
  ASSERT_NE(counts, roles.end());
  EXPECT_EQ(bench.shown().view().unit, counts->unit);
  bench.session().send(session::Restart{});
  bench.session().settle();
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 0u) << "one trains it from nothing";

  bench.files().open_preset("agreement");
  settle(bench);
  EXPECT_EQ(bench.shown().readings()->probe.text, bench.editor().document().experiment.opening.probe);
  EXPECT_EQ(bench.shown().view().step, 89);

  bench.files().open_preset("forgetting");
  settle(bench);
  EXPECT_FALSE(bench.shown().now().training) << "before training is the point";
  EXPECT_EQ(bench.shown().now().updates, 0u);

  bench.files().open_preset("temporal_order");
  settle(bench);
  EXPECT_EQ(bench.shown().view().step, 99) << "the last";
}

TEST_F(WorkbenchTest, WhatWasRecordedLeadsToTheSameDocumentAgain) {
  std::vector<Intent> recorded;
  Document document;
  {
    Workbench bench(folders(), 1, "test");
    open_small(bench, 0);
    bench.editor().set_recorder([&](const Intent& intent) { recorded.push_back(intent); });
    bench.act(SetProbeText{"the river"});
    bench.act(ShowViews{{"unrolled"}});
    bench.act(ShowBeside{"gates"});
    bench.forcing().force("f", 0.25);
    bench.forcing().cycle("i");
    bench.act(AddRule{rule("o=1")});
    bench.act(Undo{});
    settle(bench);
    bench.replay().choose_step(4);
    bench.act(SetLoop{false});
    bench.replay().set_pulse(2.0);
    bench.replay().play(-1);
    bench.editor().edit("rate", [](Document& d) { d.experiment.training.optimizer.rate = 0.125; });
    bench.act(EditExperiment{"units", [&] {
                               auto wider = bench.editor().document().experiment;
                               wider.models[0].hidden = 6;
                               return wider;
                             }()});
    document = bench.editor().document();
  }
  EXPECT_EQ(recorded.size(), 13u);
  nlohmann::json list = nlohmann::json::array();
  for (const Intent& intent : recorded) list.push_back(to_json(intent));
  const std::vector<Intent> read = intents_from_json(nlohmann::json::parse(list.dump()), "recorded.json");
  EXPECT_EQ(read, recorded);

  Workbench again(folders(), 1, "test");
  open_small(again, 0);
  for (const Intent& intent : read) again.act(intent);
  EXPECT_EQ(again.editor().document().experiment, document.experiment);
  EXPECT_EQ(again.editor().document(), document);
  settle(again);
  EXPECT_EQ(again.shown().hidden(), 6);
  EXPECT_EQ(again.shown().readings()->probe.rules, rules({"f=0.25", "i=0"}));
}

TEST_F(WorkbenchTest, UndoCoversRulesButNotLooking) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 0);
  const Document before = bench.editor().document();
  for (const Intent& look : std::initializer_list<Intent>{
           ChooseStep{3}, ChooseLoss{2}, ShowLinearGradient{}, SetSpeed{2}, SetLoop{false},
           SetPanelSizes{200, 300, 100}, Play{1, 3}, PlayPulse{true}, SetPulse{1.0}, ShowViews{{"cell"}},
           ShowBeside{"gates"}, ChooseUnit{2}, SetTheme{plot::ThemeName::light}, ColourBy{"i"},
           SortUnits{"mean"}, SetOwnScales{}, ShowLeftColumn{false}}) {
    bench.act(look);
    EXPECT_FALSE(bench.editor().can_undo()) << to_json(look);
  }
  bench.act(Force{rule("f=0")});
  ASSERT_TRUE(bench.editor().can_undo());
  bench.act(SetSpeed{5});
  bench.act(SetPanelSizes{220, 300, 100});
  bench.act(Undo{});
  EXPECT_EQ(bench.editor().document().probe, before.probe);
  EXPECT_EQ(bench.shown().view().open, (std::vector<std::string>{"cell", "gates"}));
  EXPECT_EQ(bench.shown().view().unit, 2);
  EXPECT_EQ(bench.shown().view().theme, plot::ThemeName::light);
  EXPECT_EQ(bench.shown().view().speed, 5);
  EXPECT_EQ(bench.shown().view().left, 220);
  EXPECT_EQ(bench.shown().view().step, 3);
  EXPECT_EQ(bench.shown().view().loss_step, 2);
  EXPECT_TRUE(bench.shown().view().linear_gradient);
  EXPECT_EQ(bench.replay().pulse(), 1.0) << "the replay is where it was";
}

TEST_F(WorkbenchTest, IntentsTrainAndOpenFiles) {
  Workbench bench(folders(), 1, "test");
  bench.act(OpenFiles{{(folder_ / "small.json").string()}});
  bench.act(Train{false});
  bench.act(Restart{});
  settle(bench);
  bench.act(UpdateOnce{});
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 1u);
  bench.act(SetPace{2});
  settle(bench);
  EXPECT_EQ(bench.shown().now().pace, 2);
  bench.act(SaveSession{(folder_ / "s.gatescope").string()});
  EXPECT_TRUE(fs::exists(folder_ / "s.gatescope"));
  bench.act(OpenPreset{"race"});
  EXPECT_EQ(bench.editor().preset(), "race");
}

TEST_F(WorkbenchTest, UndoBringsBackForcedGatesAndEdits) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 0);
  const Document first = bench.editor().document();
  bench.forcing().force("f", 0.0);
  bench.act(ChooseUnit{3});
  bench.editor().edit("units", [](Document& d) { d.experiment.models[0].hidden = 6; });
  settle(bench);
  EXPECT_EQ(bench.shown().hidden(), 6);
  EXPECT_EQ(bench.shown().readings()->probe.rules, rules({"f=0"}));
  for (int k = 0; k < 2; ++k) bench.act(Undo{});
  settle(bench);
  EXPECT_EQ(bench.editor().document().experiment, first.experiment);
  EXPECT_EQ(bench.editor().document().probe.rules, first.probe.rules);
  EXPECT_EQ(bench.shown().hidden(), 8);
  for (int k = 0; k < 2; ++k) bench.act(Redo{});
  settle(bench);
  EXPECT_EQ(bench.shown().hidden(), 6);
  EXPECT_EQ(bench.shown().view().unit, 3);
  EXPECT_TRUE(bench.forcing().forced());
}

TEST_F(WorkbenchTest, UndoBringsBackWhatWasLearntToo) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 9);
  const auto outputs = bench.shown().observation()->sequence->trace.outputs;
  bench.editor().edit("cell", [](Document& d) { d.experiment.models[0].cell = "gru"; });
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 0u);
  bench.act(Undo{});
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 9u);
  EXPECT_EQ(bench.shown().observation()->sequence->trace.outputs, outputs);
}

TEST_F(WorkbenchTest, ACycledGateIsClosedThenOpenThenFree) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 0);
  const std::vector<std::vector<nn::ForceRule>> stages{rules({"f=0"}), rules({"f=1"}), {}};
  for (const auto& expected : stages) {
    bench.forcing().cycle("f");
    EXPECT_EQ(bench.editor().document().probe.rules, expected);
  }
  bench.forcing().set_scope("2-3", "5-9");
  bench.forcing().force("o", 0.25);
  EXPECT_EQ(bench.editor().document().probe.rules, rules({"o[2-3]@5-9=0.25"}));
  settle(bench);
  EXPECT_FLOAT_EQ(bench.shown().tape()->values(3)(2, 6), 0.25f);
  EXPECT_NE(bench.shown().tape()->values(3)(2, 4), 0.25f);
  bench.forcing().set_scope("two", "5-9");
  EXPECT_TRUE(says(bench, "do not read"));
  EXPECT_EQ(bench.editor().document().view.force_units, (std::vector<nn::Range>{{2, 3}}));
}

TEST_F(WorkbenchTest, RateAndClipChangeARunningTraining) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 5);
  bench.editor().edit("rate", [](Document& d) { d.experiment.training.optimizer.rate = 0.5; });
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 5u) << "not begun anew";
  EXPECT_EQ(bench.shown().now().experiment.training.optimizer.rate, 0.5);
}

TEST_F(WorkbenchTest, FilesThatCannotBeOpenedLoseNothing) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 3);
  const Document before = bench.editor().document();
  const bool undoable = bench.editor().can_undo();
  const auto bad = [&](const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    bench.files().open({folder_ / name});
    settle(bench);
    EXPECT_TRUE(says(bench, name)) << name;
    EXPECT_EQ(bench.shown().now().updates, 3u) << name;
    EXPECT_EQ(bench.editor().document().experiment, before.experiment) << name;
    EXPECT_FALSE(bench.shown().now().training) << name;
    EXPECT_EQ(bench.editor().can_undo(), undoable) << name;
  };
  bad("broken.json", "{\"seed\": ");
  bad("unknown.json", "{\"sed\": 1}");
  bad("cut.safetensors", "\x10\0\0\0\0\0\0\0{\"a\":");
  bad("cut.gatescope", "not a session");
  bad("junk.txt", std::string_view("\xff\xfe\0\1\2", 5));
  bad("empty.txt", "");
  bad("one.txt", "a");
  bench.files().open({folder_ / "nowhere.txt"});
  EXPECT_TRUE(says(bench, "nowhere.txt"));
  bench.files().open({folder_});
  EXPECT_TRUE(says(bench, "folder"));
}

TEST_F(WorkbenchTest, ASessionOpensAgainAsItWas) {
  const fs::path path = folder_ / "s.gatescope";
  Document document;
  Matrix<float> outputs;
  {
    Workbench bench(folders(), 1, "test");
    open_small(bench, 6);
    bench.forcing().force("i", 0.5);
    bench.act(ChooseUnit{2});
    bench.replay().choose_step(7);
    bench.act(ShowViews{{"states"}});
    bench.act(ShowBeside{"cell"});
    bench.editor().edit("theme", [](Document& d) { d.view.theme = plot::ThemeName::light; });
    settle(bench);
    bench.files().save_session(path);
    ASSERT_TRUE(fs::exists(path)) << bench.notices().all().front().text;
    document = bench.editor().document();
    outputs = bench.shown().observation()->sequence->trace.outputs;
    bench.keeper().end();
    EXPECT_TRUE(fs::exists(bench.keeper().last_session()));
  }
  Workbench again(folders(), 1, "test");
  EXPECT_TRUE(again.beginning().left_behind().empty()) << "it ended in order";
  again.files().open({path});
  settle(again);
  EXPECT_EQ(again.editor().document().view, document.view);
  EXPECT_EQ(again.editor().document().probe, document.probe);
  EXPECT_EQ(again.shown().now().updates, 6u);
  EXPECT_EQ(again.shown().observation()->sequence->trace.outputs, outputs);
}

TEST_F(WorkbenchTest, OffersWhatACrashLeftBehind) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 4);
  bench.keeper().keep();
  // As if by a program that is no longer there.
  fs::path kept;
  for (const auto& entry : fs::directory_iterator(folder_ / "state"))
    if (entry.path().extension() == ".gatescope") kept = entry.path();
  ASSERT_FALSE(kept.empty());
  fs::rename(kept, folder_ / "state" / "running-99999999.gatescope");
  Workbench next(folders(), 1, "test");
  ASSERT_EQ(next.beginning().left_behind().size(), 1u);
  EXPECT_EQ(next.beginning().left_behind()[0].title, "Small");
  EXPECT_EQ(next.beginning().left_behind()[0].updates, 4u);
  next.beginning().open_left_behind(0);
  settle(next);
  EXPECT_EQ(next.shown().now().updates, 4u);
  EXPECT_TRUE(next.beginning().left_behind().empty());
  EXPECT_TRUE(fs::exists(folder_ / "state" / "recovered-1.gatescope"));
  Workbench last(folders(), 1, "test");
  EXPECT_TRUE(last.beginning().left_behind().empty()) << "it was answered";
}

/// A session left behind by a window that is gone, after so many updates.
fs::path leave_behind(const fs::path& folder, Workbench& bench, int number) {
  const fs::path path = folder / "state" / fmt::format("running-{:016x}.gatescope", number);
  session::save_session(path, {bench.session().capture().get(), nullptr});
  return path;
}

TEST_F(WorkbenchTest, NothingTrainsBeforeWhatIsLeftBehindIsAnsweredFor) {
  {
    Workbench bench(folders(), 1, "test");
    open_small(bench, 4);
    leave_behind(folder_, bench, 1);
    leave_behind(folder_, bench, 2);
    train_anew(bench, 2);
    bench.keeper().end();
  }
  const fs::path last = session::last_session_in(folder_ / "state");
  const std::string ended = read_file(last);
  Workbench bench(folders(), 1, "test");
  bench.beginning().start({});
  settle(bench);
  EXPECT_FALSE(bench.shown().now().training);
  const std::uint64_t learnt = bench.shown().now().updates;
  EXPECT_EQ(learnt, bench.shown().now().experiment.training.updates) << "the preset as it comes";
  bench.keeper().end();
  EXPECT_EQ(read_file(last), ended) << "nothing of anybody's to keep yet";
  ASSERT_EQ(bench.beginning().left_behind().size(), 2u);
  bench.beginning().throw_away_left_behind(0);
  EXPECT_TRUE(says(bench, "30 days"));
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, learnt) << "one is still to be answered for";
  bench.beginning().throw_away_left_behind(0);
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 2u) << "what was ended in order is still there";
  EXPECT_EQ(read_file(last), ended);
}

TEST_F(WorkbenchTest, ThoseAnsweredLaterComeAgain) {
  {
    Workbench bench(folders(), 1, "test");
    open_small(bench, 4);
    leave_behind(folder_, bench, 1);
    leave_behind(folder_, bench, 2);
  }
  for (const std::size_t expected : {2u, 2u, 1u}) {
    Workbench bench(folders(), 1, "test");
    EXPECT_EQ(bench.beginning().left_behind().size(), expected);
    bench.beginning().start({});
    if (expected == 2 && fs::exists(folder_ / "once")) {
      bench.beginning().open_left_behind(1);
      settle(bench);
      EXPECT_EQ(bench.shown().now().updates, 4u);
    } else {
      bench.beginning().keep_left_behind();
    }
    std::ofstream(folder_ / "once") << "once";
  }
}

TEST_F(WorkbenchTest, AnActIsKeptSoonAfterIt) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 3);
  bench.forcing().force("f", 0.0);
  const auto kept = [&]() -> std::optional<session::SessionFile> {
    for (const auto& entry : fs::directory_iterator(folder_ / "state"))
      if (entry.path().filename().string().starts_with("running-") &&
          entry.path().extension() == ".gatescope")
        return session::load_session(entry.path());
    return std::nullopt;
  };
  fs::create_directories(folder_ / "state");
  const auto start = Clock::now();
  std::optional<session::SessionFile> found;
  while (seconds_since(start) < 20 && !(found && found->capture.probe.rules.size() == 1)) {
    bench.tick(1.0 / 60);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    found = kept();
  }
  ASSERT_TRUE(found);
  EXPECT_EQ(found->capture.probe.rules, rules({"f=0"}));
  EXPECT_LT(seconds_since(start), 6);
}

TEST_F(WorkbenchTest, ASessionThatCannotBeKeptIsAnErrorAtTheEnd) {
  std::ofstream(folder_ / "file") << "no folder";
  Folders folders = this->folders();
  folders.state = folder_ / "file" / "state";
  Workbench bench(folders, 1, "test");
  open_small(bench, 3);
  EXPECT_FALSE(bench.keeper().keep());
  EXPECT_TRUE(says(bench, "cannot be kept"));
  EXPECT_THROW(bench.keeper().end(), Error);
}

TEST_F(WorkbenchTest, AProbeThatIsTooLongIsRefusedAndTheOldOneStays) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 0);
  const std::string before = bench.shown().readings()->probe.text;
  bench.editor().edit("probe", [](Document& d) { d.probe.text = std::string(1'000'000, 'a'); });
  settle(bench);
  EXPECT_TRUE(says(bench, "1,000,000 characters"));
  EXPECT_TRUE(says(bench, "GB"));
  EXPECT_EQ(bench.editor().document().probe.text, before);
  EXPECT_EQ(bench.shown().readings()->probe.text, before);
}

TEST_F(WorkbenchTest, ALongProbeIsReadBesideTheTrainingAndAnotherOneStopsIt) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 0);
  bench.editor().edit("units", [](Document& d) { d.experiment.models[0].hidden = 64; });
  settle(bench);
  constexpr std::size_t length = kSanitized ? 60'000 : 150'000;
  bench.editor().edit("probe", [](Document& d) { d.probe.text = std::string(length, 'a'); });
  const auto start = Clock::now();
  bool busy = false;
  while (!busy && seconds_since(start) < 20) {
    bench.tick(1.0 / 60);
    busy = bench.shown().now().busy.starts_with("reading the probe ");
  }
  EXPECT_TRUE(busy);
  bench.act(UpdateOnce{});  // goes on beside it
  bench.editor().edit("probe", [](Document& d) { d.probe.text = "the old man"; });
  settle(bench);
  EXPECT_EQ(bench.shown().readings()->probe.text, "the old man");
  EXPECT_EQ(bench.shown().now().updates, 1u);
  EXPECT_TRUE(bench.shown().now().busy.empty());
  bench.editor().edit("probe", [](Document& d) { d.probe.text = std::string(length, 'e'); });
  settle(bench);
  EXPECT_EQ(bench.shown().readings()->characters.size(), length);
}

TEST_F(WorkbenchTest, ASessionOfALaterVersionIsOpenedAsFarAsItIsKnown) {
  const fs::path path = folder_ / "later.gatescope";
  {
    Workbench bench(folders(), 1, "test");
    open_small(bench, 5);
    bench.forcing().force("f", 0.0);
    settle(bench);
    bench.files().save_session(path);
  }
  auto file = checkpoint::read_safetensors(path);
  auto window = nlohmann::json::parse(file.metadata.at("window"));
  window["open"] = {"states", "hologram"};
  window["brand_new"] = 3;
  window["speed"] = "warp";
  window["theme"] = "light";
  file.metadata["window"] = window.dump();
  auto probe = nlohmann::json::parse(file.metadata.at("probe"));
  probe["rules"] = {"f=0", "f=maybe", "i=1"};
  probe["mood"] = "good";
  file.metadata["probe"] = probe.dump();
  file.metadata["metrics"] = "not,a,table\n1";
  checkpoint::write_safetensors(path, file);
  Workbench bench(folders(), 1, "test");
  bench.files().open({path});
  settle(bench);
  EXPECT_EQ(bench.shown().now().updates, 5u);
  EXPECT_EQ(bench.shown().view().open, std::vector<std::string>{"states"});
  EXPECT_EQ(bench.shown().view().theme, plot::ThemeName::light);
  EXPECT_EQ(bench.shown().readings()->probe.rules, rules({"f=0", "i=1"}));
  EXPECT_TRUE(says(bench, "hologram"));
  EXPECT_TRUE(says(bench, "mood"));
}

TEST_F(WorkbenchTest, ALargeSessionIsReadWithoutStallingAFrame) {
  const fs::path path = folder_ / "large.gatescope";
  {
    Workbench bench(folders(), 1, "test");
    open_small(bench, 1);
    bench.editor().edit("units", [](Document& d) { d.experiment.models[0].hidden = 512; });
    settle(bench);
    bench.files().save_session(path);
  }
  ASSERT_GT(fs::file_size(path), 8'000'000u);
  Workbench bench(folders(), 1, "test");
  bench.files().open({path});
  EXPECT_EQ(bench.shown().now().models.size(), 0u);
  bench.wait_for_files();
  settle(bench);
  EXPECT_EQ(bench.shown().hidden(), 512);
  EXPECT_EQ(bench.files().session_path(), path);
  // Cut, it says so.
  fs::resize_file(path, 8'500'000);
  bench.files().open({path});
  bench.wait_for_files();
  EXPECT_TRUE(says(bench, "large.gatescope"));
  EXPECT_EQ(bench.shown().hidden(), 512);
}

TEST_F(WorkbenchTest, MessagesThatQuoteFilesHaveNoPowerOverWhatShowsThem) {
  Workbench bench(folders(), 1, "test");
  bench.files().open({folder_ / "no\x1b[2J\nsuch"});
  ASSERT_FALSE(bench.notices().all().empty());
  EXPECT_EQ(bench.notices().all().back().text.find('\x1b'), std::string::npos);
  EXPECT_EQ(bench.notices().all().back().text.find('\n'), std::string::npos);
}

TEST_F(WorkbenchTest, ExportsAreNamedAfterWhatTheyShowAndNeverWriteOverOthers) {
  Workbench bench(folders(), 1, "test");
  open_small(bench, 3);
  for (const char* ending : {"svg", "pdf", "png", "csv", "gif"}) {
    const fs::path path = bench.exports().new_path("gates", ending);
    EXPECT_NE(path.filename().string().find("gates-small-update-3"), std::string::npos) << path;
    bench.exports().begin({path, "gates", {320, 240}, plot::ThemeName::light, 1, true});
    bench.exports().wait();
    EXPECT_TRUE(fs::exists(path)) << path;
    EXPECT_NE(bench.exports().new_path("gates", ending), path);
  }
  bench.exports().begin({folder_ / "x.doc", "gates", {320, 240}, plot::ThemeName::light, 1, true});
  EXPECT_TRUE(says(bench, "x.doc"));
}

/// Training, forcing, resetting, changing models, making figures and writing them at once, for the thread
/// sanitizer.
TEST_F(WorkbenchTest, EverythingAtOnce) {
  Workbench bench(folders(), 2, "test");
  bench.files().open({folder_ / "small.json"});
  const char* views[] = {"gates", "states", "unrolled", "training", "effect"};
  const char* cells[] = {"gru", "rnn", "lstm"};
  for (int k = 0; k < 60; ++k) {
    bench.tick(1.0 / 60);
    for (const char* id : views) {
      const FigureOrder order = bench.shown().order(id, {400, 300}, bench.replay().pulse());
      if (!order.observations.empty()) bench.figures().want(id, order);
    }
    const std::string view = views[k % 5];
    switch (k % 10) {
      case 1:
        bench.forcing().cycle("h");
        break;
      case 2:
        bench.exports().begin(
            {bench.exports().new_path(view, "svg"), view, {300, 200}, bench.shown().view().theme, 1, true});
        break;
      case 3:
        bench.act(Restart{});
        break;
      case 4:
        bench.act(ShowViews{{view}});
        break;
      case 5:
        bench.editor().edit("cell", [&](Document& d) { d.experiment.models[0].cell = cells[k / 10 % 3]; });
        break;
      case 6:
        bench.editor().edit("training",
                            [](Document& d) { d.probe.force_training = !d.probe.force_training; });
        break;
      case 7:
        bench.editor().edit("rate", [&](Document& d) { d.experiment.training.optimizer.rate = 0.0001 * k; });
        break;
      case 8:
        bench.keeper().keep();
        break;
      case 9:
        bench.act(Undo{});
        break;
      default:
        bench.training().train(true);
        break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  bench.training().train(false);
  settle(bench);
  bench.figures().settle();
  bench.exports().wait();
  EXPECT_FALSE(bench.shown().now().training);
}

}  // namespace
}  // namespace gatescope::ui
