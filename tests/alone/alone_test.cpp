// A page in a browser in small: one thread, and no library that needs more of a machine.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "app/type/fonts.h"
#include "core/error.h"
#include "core/experiment/experiment.h"
#include "core/files.h"
#include "core/plot/layout.h"
#include "core/session/kept_sessions.h"
#include "core/session/session.h"
#include "core/train/metrics_log.h"
#include "core/train/run_folder.h"
#include "core/views/views.h"
#include "tests/temporary_folder.h"

namespace gatescope {
namespace {

const std::string source = GATESCOPE_SOURCE_DIR;

session::SessionOptions options() {
  return {.corpora = source + "/assets/corpora"};
}

experiment::Experiment preset() {
  auto experiment = experiment::load_experiment(source + "/presets/brackets.json");
  experiment.training.batch = 4;
  experiment.training.steps = 16;
  experiment.training.evaluate_every = 0;
  return experiment;
}

TEST(Alone, ALearnerAdvancesAndAFigureOfItIsLaidOut) {
  session::Learner learner(options());
  learner.set_watched(true);
  learner.carry_out(session::Open{preset(), nullptr, false});
  learner.carry_out(session::Train{true, 3});
  while (learner.advance({})) {
  }
  const auto seen = learner.snapshot();
  ASSERT_EQ(seen->problem, "");
  EXPECT_EQ(seen->updates, 3u);
  ASSERT_TRUE(seen->readings);
  const plot::Figure figure = views::find_view("gates").make(seen->readings->observations, {});
  const plot::Scene scene =
      plot::layout(figure, {700, 500}, plot::make_theme(plot::ThemeName::dark), app::Fonts().measure());
  EXPECT_GT(scene.items.size(), 20u);
}

TEST(Alone, ASessionWorksWhenItIsAdvanced) {
  session::Session session(options());
  session.send(session::Open{preset(), nullptr, false});
  session.send(session::Train{true, 2});
  EXPECT_EQ(session.latest()->updates, 0u);
  for (int frame = 0; frame < 1000 && session.latest()->updates < 2; ++frame)
    session.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(session.latest()->updates, 2u);
  EXPECT_FALSE(session.settle(true)->training);
  EXPECT_TRUE(session.capture().get().training);
}

TEST(Alone, FilesAreWrittenWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "new" / "a.txt";
  write_file(file, "one");
  write_file(file, "two");
  EXPECT_EQ(read_file(file), "two");
  const auto breaks = [](std::ostream& out) {
    out << "half";
    fail("no more");
  };
  EXPECT_THROW(write_file(file, breaks), Error);
  EXPECT_EQ(read_file(file), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1)
      << "what was not finished is gone";
  EXPECT_THROW(read_file(folder.path()), Error);
  EXPECT_THROW(read_file(file, 2), Error);
}

TEST(Alone, ARunKeepsItsTableAndItsFolder) {
  const TemporaryFolder folder;
  const train::RunFolder run(folder.path() / "run", train::RunFolder::Use::begin);
  EXPECT_FALSE(run.locked()) << "there are no locks";
  const auto table = run.path() / train::kMetricsFile;
  {
    train::MetricsLog log(table, std::vector<train::MetricsRow>{});
    train::MetricsRow row;
    row.model = "lstm";
    row.update = 1;
    log.add({&row, 1});
    log.flush();
    EXPECT_EQ(train::read_history(table).models().at(0).rows.size(), 1u);
    row.loss = 2;
    log.change_last({&row, 1});
  }
  EXPECT_EQ(train::read_history(table).models().at(0).rows.at(0).loss, 2) << "appended at its end";
  session::KeptSession kept(folder.path() / "sessions");
  write_file(kept.path(), "");
  kept.beat();
  EXPECT_TRUE(session::find_left_behind(folder.path() / "sessions").empty());
  kept.done();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "sessions"));
}

}  // namespace
}  // namespace gatescope
