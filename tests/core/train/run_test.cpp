#include "core/train/run.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "core/files.h"
#include "tests/temporary_folder.h"

namespace gatescope::train {
namespace {

namespace fs = std::filesystem;

class RunInFolder : public testing::Test {
 protected:
  static std::unique_ptr<train::Run> make() {
    experiment::Experiment e;
    e.models.resize(2);
    e.models[1].cell = "gru";
    for (nn::ModelSpec& model : e.models) model.hidden = 4;
    e.training.batch = 4;
    e.training.steps = 4;
    e.training.evaluate_every = 0;
    e.task.text = "brackets.txt";
    std::shared_ptr<const task::Task> task =
        experiment::make_task(e, std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora");
    experiment::complete(e, task->interface());
    return std::make_unique<train::Run>(e, task, 1);
  }
  static void step(train::Run& run, int updates) {
    for (int k = 0; k < updates; ++k) ASSERT_TRUE(run.step());
  }
  std::string table() const { return read_file(folder_ / kMetricsFile); }
  void write_table(const std::string& csv) const { write_file(folder_ / kMetricsFile, csv); }
  /// The updates of one model's rows in the table.
  std::vector<std::uint64_t> updates() const {
    std::vector<std::uint64_t> list;
    for (const MetricsRow& row : parse_metrics(table(), "table"))
      if (row.model == "gru") list.push_back(row.update);
    return list;
  }
  static std::vector<std::uint64_t> up_to(std::uint64_t last) {
    std::vector<std::uint64_t> list;
    for (std::uint64_t update = 1; update <= last; ++update) list.push_back(update);
    return list;
  }
  /// A run of 8 updates is in the folder.
  void save_eight() const {
    const auto run = make();
    run->save(folder_);
    step(*run, 8);
    run->save(folder_);
  }
  /// Goes on to update 10, and returns what it had to say.
  std::vector<std::string> go_on() const {
    const auto run = make();
    run->resume(folder_);
    run->save(folder_);
    step(*run, 2);
    run->save(folder_);
    return run->take_notes();
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(RunInFolder, AppendsARowForEveryUpdate) {
  save_eight();
  EXPECT_EQ(updates(), up_to(8));
  EXPECT_TRUE(go_on().empty());
  EXPECT_EQ(updates(), up_to(10));
}

TEST_F(RunInFolder, MeasuresTheLastUpdateOnHeldOutDataAfterItWasSaved) {
  const auto run = make();
  run->save(folder_);
  step(*run, 3);
  run->save(folder_);
  run->measure_held_out();
  run->save(folder_);
  const auto rows = parse_metrics(table(), "table");
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_FALSE(rows[3].held_out);
  EXPECT_TRUE(rows[4].held_out && rows[5].held_out);
  const auto again = make();
  again->resume(folder_);
  again->save(folder_);
  step(*again, 1);
  again->measure_held_out();
  again->save(folder_);
  EXPECT_EQ(updates(), up_to(4));
  EXPECT_TRUE(parse_metrics(table(), "table").back().held_out);
}

TEST_F(RunInFolder, OfPairsHasTheExactMatchAlsoBehindAnOlderTable) {
  const auto make_pairs = [] {
    experiment::Experiment e;
    e.models.resize(1);
    e.models[0].hidden = 4;
    e.training.batch = 4;
    e.training.evaluate_every = 2;
    e.task.kind = "sort";
    e.task.source = 3;
    std::shared_ptr<const task::Task> task = experiment::make_task(e, {});
    experiment::complete(e, task->interface());
    return std::make_unique<train::Run>(e, task, 1);
  };
  const auto run = make_pairs();
  run->save(folder_);
  step(*run, 4);
  run->save(folder_);
  for (const MetricsRow& row : parse_metrics(table(), "table")) {
    EXPECT_EQ(row.exact_match.has_value(), row.update % 2 == 0);
    EXPECT_EQ(row.exact_match.has_value(), row.held_out.has_value());
  }
  // As a program without that column wrote it.
  std::string old(metrics_header());
  for (const MetricsRow& row : parse_metrics(table(), "table")) append_row(old, row);
  for (const bool is_old : {false, true}) {
    if (is_old) write_table(old);
    const auto again = make_pairs();
    again->resume(folder_);
    again->save(folder_);
    step(*again, 2);
    again->save(folder_);
    EXPECT_TRUE(again->take_notes().empty());
    const auto rows = parse_metrics(table(), "table");
    ASSERT_EQ(rows.size(), is_old ? 8u : 6u);
    EXPECT_EQ(rows[1].exact_match.has_value(), !is_old);
    EXPECT_TRUE(rows.back().exact_match.has_value());
    EXPECT_FALSE(fs::exists(folder_ / "metrics-damaged-1.csv"));
    if (is_old) continue;
    old.clear();
    old += metrics_header();
    for (const MetricsRow& row : rows) append_row(old, row);
  }
}

TEST_F(RunInFolder, DropsRowsBeyondTheStateAndALineThatWasBeingWritten) {
  save_eight();
  write_table(table() + "lstm,9,1,1,1,,,1,1,1\ngru,9,1,1,1,,,1,1,1\nlstm,10,1.2");
  EXPECT_TRUE(go_on().empty());
  EXPECT_EQ(updates(), up_to(10));
  EXPECT_FALSE(fs::exists(folder_ / "metrics-damaged-1.csv"));
}

TEST_F(RunInFolder, GoesOnWithATableThatLacksRows) {
  save_eight();
  std::string csv = table();
  write_table(csv.substr(0, csv.find("lstm,7,")));
  const auto notes = go_on();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("ends at update 6"), std::string::npos) << notes[0];
  EXPECT_EQ(updates(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 9, 10}));
}

TEST_F(RunInFolder, GoesOnWithWhatCanBeReadOfADamagedTableAndKeepsIt) {
  save_eight();
  const std::string whole = table();
  std::string damaged = whole;
  damaged.replace(damaged.find("gru,3,"), 6, std::string("gr\0\xFF--", 6));
  write_table(damaged);
  auto notes = go_on();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("1 of its lines"), std::string::npos) << notes[0];
  EXPECT_EQ(updates(), (std::vector<std::uint64_t>{1, 2, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(read_file(folder_ / "metrics-damaged-1.csv"), damaged);
}

TEST_F(RunInFolder, GoesOnWhateverBecameOfTheTable) {
  for (const std::string csv : {"", "nonsense", "PK\3\4"}) {
    fs::remove_all(folder_);
    save_eight();
    write_table(csv);
    EXPECT_EQ(go_on().size(), 1u) << csv;
    EXPECT_EQ(updates(), (std::vector<std::uint64_t>{9, 10})) << csv;
    EXPECT_EQ(fs::exists(folder_ / "metrics-damaged-1.csv"), !csv.empty());
  }
  fs::remove_all(folder_);
  save_eight();
  fs::remove(folder_ / kMetricsFile);
  EXPECT_EQ(go_on().size(), 1u);
  EXPECT_EQ(updates(), (std::vector<std::uint64_t>{9, 10}));
}

TEST_F(RunInFolder, ReadsATableThatASpreadsheetSavedAndKeepsIt) {
  save_eight();
  std::string csv = table(), saved = "\xEF\xBB\xBF";
  for (const char c : csv) saved += c == ',' ? ";" : c == '.' ? "," : c == '\n' ? "\r\n" : std::string(1, c);
  write_table(saved);
  const auto notes = go_on();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("metrics-damaged-1.csv"), std::string::npos) << notes[0];
  EXPECT_EQ(updates(), up_to(10));
  EXPECT_EQ(table().substr(0, csv.size()), csv);
  EXPECT_EQ(read_file(folder_ / "metrics-damaged-1.csv"), saved);
}

TEST_F(RunInFolder, GoesOnInAnotherFolderWithAllRowsAndLeavesTheFirstAsItIs) {
  save_eight();
  const std::string before = table();
  const auto run = make();
  run->resume(folder_);
  run->save(folder_ / "other");
  step(*run, 2);
  run->save(folder_ / "other");
  EXPECT_EQ(table(), before);
  EXPECT_EQ(read_file(folder_ / "other" / kMetricsFile).substr(0, before.size()), before);
}

TEST_F(RunInFolder, FollowsNoLinkOutOfTheFolder) {
  const fs::path victim = folder_ / "victim", run_folder = folder_ / "run";
  write_file(victim, "precious");
  fs::create_directory(run_folder);
  for (const char* name : {"metrics.csv", "training.safetensors", "lstm.safetensors", "experiment.json"})
    fs::create_symlink(victim, run_folder / name);
  const auto run = make();
  run->save(run_folder);
  step(*run, 2);
  run->save(run_folder);
  EXPECT_EQ(read_file(victim), "precious");
  fs::remove(run_folder / kMetricsFile);
  fs::create_symlink(victim, run_folder / kMetricsFile);
  const auto again = make();
  again->resume(run_folder);
  again->save(run_folder);
  step(*again, 1);
  again->save(run_folder);
  EXPECT_EQ(read_file(victim), "precious");
}

TEST_F(RunInFolder, SavesTheStateThoughTheTableCannotBeWritten) {
  const auto run = make();
  fs::create_directories(folder_ / kMetricsFile / "in the way");
  step(*run, 2);
  try {
    run->save(folder_);
    ADD_FAILURE() << "the table is a folder";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("state of update 2 is on the disk"), std::string::npos)
        << error.what();
  }
  const auto again = make();
  again->resume(folder_);
  EXPECT_EQ(again->trainer().updates(), 2u);
  fs::remove_all(folder_ / kMetricsFile);
  step(*run, 1);
  run->save(folder_);
  EXPECT_EQ(updates(), up_to(3));
}

TEST_F(RunInFolder, WritesATableAnewThatSomebodyRemovedMeanwhile) {
  const auto run = make();
  run->save(folder_);
  step(*run, 2);
  run->save(folder_);
  fs::remove(folder_ / kMetricsFile);
  step(*run, 2);
  run->save(folder_);
  EXPECT_EQ(updates(), up_to(4));
}

TEST_F(RunInFolder, LeavesACopyUnderASecondNameAsItIs) {
  save_eight();
  const fs::path copy = folder_ / "copy.csv";
  fs::create_hard_link(folder_ / kMetricsFile, copy);
  const std::string before = table();
  EXPECT_TRUE(go_on().empty());
  EXPECT_EQ(read_file(copy), before);
  EXPECT_EQ(updates(), up_to(10));
}

TEST_F(RunInFolder, IsLockedForOthersAndFreeOnceItsHolderIsGone) {
  {
    const RunFolder mine(folder_, RunFolder::Use::begin);
    EXPECT_TRUE(mine.locked());
    try {
      const RunFolder other(folder_, RunFolder::Use::begin);
      ADD_FAILURE() << "it is locked";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("process " + std::to_string(getpid())), std::string::npos)
          << error.what();
    }
  }
  const pid_t child = fork();
  if (child == 0) {
    const RunFolder theirs(folder_, RunFolder::Use::begin);
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(RunFolder(folder_, RunFolder::Use::begin).locked());
}

TEST_F(RunInFolder, LocksThroughNoPlantedLink) {
  const fs::path victim = folder_ / "victim", run_folder = folder_ / "run";
  write_file(victim, "precious");
  fs::create_directory(run_folder);
  fs::create_symlink(victim, run_folder / ".lock");
  EXPECT_TRUE(RunFolder(run_folder, RunFolder::Use::begin).locked());
  EXPECT_EQ(read_file(victim), "precious");
}

TEST_F(RunInFolder, SetsAsideTheRunsFilesAndNoOthers) {
  save_eight();
  const std::string state = read_file(folder_ / kStateFile);
  write_file(folder_ / "notes.txt", "mine");
  write_file(folder_ / "model-best.safetensors", "mine");
  write_file(folder_ / "metrics-damaged-1.csv", "old");
  fs::create_directory(folder_ / "earlier-1");
  RunFolder place(folder_, RunFolder::Use::begin);
  EXPECT_EQ(place.set_aside(), folder_ / "earlier-2");
  std::vector<std::string> here, there;
  for (const auto& entry : fs::directory_iterator(folder_)) here.push_back(entry.path().filename().string());
  for (const auto& entry : fs::directory_iterator(folder_ / "earlier-2"))
    there.push_back(entry.path().filename().string());
  std::ranges::sort(here);
  std::ranges::sort(there);
  EXPECT_EQ(here, (std::vector<std::string>{".lock", "earlier-1", "earlier-2", "model-best.safetensors",
                                            "notes.txt"}));
  EXPECT_EQ(there,
            (std::vector<std::string>{"experiment.json", "gru.safetensors", "lstm.safetensors",
                                      "metrics-damaged-1.csv", "metrics.csv", "training.safetensors"}));
  EXPECT_EQ(read_file(folder_ / "earlier-2" / kStateFile), state);
  EXPECT_EQ(place.set_aside(), std::nullopt);
}

TEST_F(RunInFolder, HealsAMoveThatWasCutShort) {
  save_eight();
  const auto list = [&] {
    std::string names;
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.is_regular_file() && entry.path().filename() != ".lock")
        names += entry.path().filename().string() + "\n";
    return names;
  };
  const std::string names = list(), state = read_file(folder_ / kStateFile);
  const fs::path earlier = folder_ / "earlier-1";
  const auto copy_to = [&](const fs::path& to, bool links) {
    fs::create_directory(to);
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!entry.is_regular_file() || entry.path().filename() == ".lock") continue;
      if (links)
        fs::create_hard_link(entry.path(), to / entry.path().filename());
      else
        fs::copy_file(entry.path(), to / entry.path().filename());
    }
  };
  // Before the rename: the run is here, and what is unfinished goes away.
  copy_to(folder_ / ".earlier", true);
  EXPECT_NO_THROW(RunFolder(folder_, RunFolder::Use::go_on));
  EXPECT_FALSE(fs::exists(folder_ / ".earlier"));
  EXPECT_EQ(list(), names);
  for (const bool links : {true, false}) {
    // After it, with nothing removed yet: the run stays here.
    copy_to(earlier, links);
    write_file(earlier / ".moving", names);
    EXPECT_NO_THROW(RunFolder(folder_, RunFolder::Use::go_on));
    EXPECT_FALSE(fs::exists(earlier));
    EXPECT_EQ(list(), names);
  }
  // With the experiment removed: it is there, and the message says so.
  copy_to(earlier, true);
  write_file(earlier / ".moving", names);
  fs::remove(folder_ / kExperimentFile);
  try {
    const RunFolder place(folder_, RunFolder::Use::go_on);
    ADD_FAILURE() << "the run is elsewhere";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(earlier.string()), std::string::npos) << error.what();
  }
  EXPECT_EQ(list(), "");
  EXPECT_FALSE(fs::exists(earlier / ".moving"));
  EXPECT_EQ(read_file(earlier / kStateFile), state);
  EXPECT_NO_THROW(RunFolder(earlier, RunFolder::Use::go_on));
}

TEST_F(RunInFolder, GoesOnFromAStateWithTheRowsThatWereReadable) {
  save_eight();
  write_table(table() + "what\n");
  const Continuation from = load_continuation(folder_);
  EXPECT_EQ(from.metrics.size(), 16u);
  const auto run = make();
  run->resume(from, "here");
  EXPECT_EQ(run->trainer().updates(), 8u);
  EXPECT_EQ(run->last().size(), 2u);
}

}  // namespace
}  // namespace gatescope::train
