#include "core/experiment/text.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope::experiment {
namespace {

namespace fs = std::filesystem;

struct Texts : testing::Test {
  TemporaryFolder folder;
  fs::path at(const std::string& name) const { return folder.path() / name; }

  Experiment learning(const fs::path& text) const {
    Experiment e;
    e.training.batch = 1, e.training.steps = 4;
    set_text(e.task, text);
    return e;
  }
  std::string found(const TaskSpec& task) const { return read_text(task, at("corpora")).path.string(); }
};

TEST_F(Texts, AreLookedForBesideTheFileThatNamesThemFirst) {
  TaskSpec task;
  task.text = "novel.txt";
  task.beside = at("project").native();
  write_file(at("corpora/novel.txt"), "in the corpora");
  EXPECT_EQ(found(task), at("corpora/novel.txt"));
  write_file(at("project/novel.txt"), "beside the preset");
  EXPECT_EQ(found(task), at("project/novel.txt"));
}

TEST_F(Texts, ThatAreMissingSayWhereTheyWereLookedFor) {
  TaskSpec task;
  task.text = "missing.txt";
  task.beside = at("project").native();
  const std::string error = error_of([&] { read_text(task, "/some/corpora"); });
  for (const std::string& place :
       {at("project/missing.txt").string(), (fs::current_path() / "missing.txt").string(),
        std::string("/some/corpora/missing.txt")})
    EXPECT_NE(error.find("'" + place + "'"), std::string::npos) << error;
}

TEST_F(Texts, AreRememberedByPlaceAndContentAndFoundAfterAMove) {
  write_file(at("project/novel.txt"), "a novel\n");
  Experiment e = learning(at("project/./out/../novel.txt").lexically_normal());
  open_task(e, at("corpora"));
  remember_from(e.task, at("project/out/run"));
  EXPECT_EQ(e.task.text, at("project/novel.txt"));
  EXPECT_EQ(e.task.near, "../../novel.txt");
  EXPECT_EQ(e.task.characters, 8u);
  fs::rename(at("project"), at("moved"));
  e.task.beside = at("moved/out/run").native();
  EXPECT_EQ(found(e.task), at("moved/novel.txt"));
  // Another text took its old place.
  write_file(at("project/novel.txt"), "another\n");
  EXPECT_EQ(found(e.task), at("moved/novel.txt"));
  // Beside the file itself.
  fs::create_directories(at("moved/out/run"));
  fs::rename(at("moved/novel.txt"), at("moved/out/run/novel.txt"));
  EXPECT_EQ(found(e.task), at("moved/out/run/novel.txt"));
}

TEST_F(Texts, ThatChangedAreNotTaken) {
  write_file(at("novel.txt"), "abcabc");
  Experiment e = learning(at("novel.txt"));
  open_task(e, {});
  write_file(at("novel.txt"), "xyzxyz");
  const std::string error = error_of([&] { open_task(e, {}); });
  EXPECT_NE(error.find("6 characters as before, but others"), std::string::npos) << error;
  write_file(at("novel.txt"), "abcabcd");
  EXPECT_NE(error_of([&] { open_task(e, {}); }).find("7 characters, expected 6"), std::string::npos);
  // The same characters in another encoding are the same text.
  write_file(at("novel.txt"), std::string("\xff\xfe"
                                          "a\0b\0c\0a\0b\0c\0",
                                          14));
  EXPECT_NO_THROW(open_task(e, {}));
}

TEST_F(Texts, OfTheProgramKeepTheirNames) {
  write_file(at("corpora/tales.txt"), "tales");
  Experiment e = learning("tales.txt");
  open_task(e, at("corpora"));
  remember_from(e.task, at("run"));
  EXPECT_EQ(e.task.text, "tales.txt");
  EXPECT_EQ(e.task.near, "");
}

TEST_F(Texts, ThatAreFoldersOrTooLargeAreRefusedAtOnce) {
  fs::create_directories(at("folder"));
  write_file(at("large.txt"), "x");
  fs::resize_file(at("large.txt"), std::uintmax_t{5} << 30);
  TaskSpec task;
  task.text = at("folder").native();
  EXPECT_NE(error_of([&] { found(task); }).find("is a folder"), std::string::npos);
  task.text = "/dev/zero";
  EXPECT_NE(error_of([&] { found(task); }).find("not a regular file"), std::string::npos);
  task.text = at("large.txt").native();
  EXPECT_NE(error_of([&] { found(task); }).find("5368709120 bytes"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::experiment
