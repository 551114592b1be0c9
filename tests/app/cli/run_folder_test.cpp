#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/train/metrics.h"
#include "tests/app/cli/program.h"

extern char** environ;

namespace gatescope {
namespace {

namespace fs = std::filesystem;

class RunFolderOnDisk : public Program {
 protected:
  static constexpr const char* kSmall =
      "--text brackets.txt --hidden 4 --batch 4 --steps 8 --evaluate-every 0 ";

  /// Starts the program without waiting for it, and waits until the file is there.
  pid_t start(const std::string& arguments, const fs::path& until) const {
    const std::string command =
        std::string("exec ") + GATESCOPE_PROGRAM + " " + arguments + " >/dev/null 2>&1";
    const char* argv[] = {"sh", "-c", command.c_str(), nullptr};
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, "/bin/sh", nullptr, nullptr, const_cast<char**>(argv), environ), 0);
    for (int k = 0; k < 1000 && !fs::exists(until); ++k)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(fs::exists(until));
    return pid;
  }
  static void end(pid_t pid, int signal) {
    kill(pid, signal);
    waitpid(pid, nullptr, 0);
  }
  std::size_t rows(const std::string& folder) const {
    const std::string table = at(folder + "/metrics.csv");
    return train::parse_metrics(read_file(table), table).size();
  }
};

TEST_F(RunFolderOnDisk, RefusesASecondTrainingInAFolderAndNamesTheFirst) {
  const pid_t first =
      start("train " + std::string(kSmall) + "--updates 100000000 --out " + at("run"), at("run/metrics.csv"));
  for (const std::string& arguments : {"train --resume " + at("run") + " --updates 200000000",
                                       "train --updates 3 " + (kSmall + ("--out " + at("run")))}) {
    const Result second = run(arguments);
    EXPECT_EQ(second.code, 1) << second.error;
    EXPECT_NE(second.error.find("in use by process " + std::to_string(first)), std::string::npos)
        << second.error;
    EXPECT_NE(second.error.find("--out"), std::string::npos) << second.error;
  }
  // Reading is free, and the figure is that of the rows so far, however many follow.
  const std::string rows_in_table = "wc -l < " + at("run/metrics.csv") + " | grep -vq '^1$'";
  for (int k = 0; k < 500 && std::system(rows_in_table.c_str()) != 0; ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const Result figure = run("figure training --run " + at("run") + " --out " + at("a.svg"));
  EXPECT_EQ(figure.code, 0) << figure.error;
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  const Result again = run("figure --from " + at("a.svg") + " --out " + at("b.svg"));
  EXPECT_EQ(again.code, 0) << again.error;
  EXPECT_EQ(read_file(at("a.svg")), read_file(at("b.svg")));
  end(first, SIGKILL);
  EXPECT_FALSE(fs::exists(at("run/earlier-1")));
  train("--resume " + at("run") + " --updates 5");  // the state is that of the first save
  EXPECT_EQ(rows("run"), 5u);
}

TEST_F(RunFolderOnDisk, GoesOnWithTheSameBitsAfterAKill) {
  const std::string settings = std::string(kSmall) + "--cell lstm,gru --updates 40 ";
  train(settings + "--out " + at("whole"));
  train(settings + "--out " + at("parts"));
  // As a kill between two saves leaves it: rows beyond the state, and half a row.
  train("--resume " + at("parts") + " --updates 45");
  const std::string later = read_file(at("parts/metrics.csv"));
  train(settings + "--out " + at("parts"));
  write_file(at("parts/metrics.csv"), later.substr(0, later.size() - 20));
  const Result result = run("train --resume " + at("parts") + " --updates 60");
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(result.error.find("could not be read"), std::string::npos) << result.error;
  train("--resume " + at("whole") + " --updates 60");
  for (const char* file : {"lstm.safetensors", "gru.safetensors", "training.safetensors"})
    EXPECT_EQ(read_file(at("parts/") + file), read_file(at("whole/") + file)) << file;
  EXPECT_EQ(rows("parts"), 120u);
}

TEST_F(RunFolderOnDisk, GoesOnWithADamagedTableAndSaysSoOnce) {
  train(kSmall + ("--updates 10 --out " + at("run")));
  std::string table = read_file(at("run/metrics.csv"));
  table.replace(table.find("\nlstm,4,"), 8, "\n\x1b[31m");
  write_file(at("run/metrics.csv"), table);
  const Result result = run("train --resume " + at("run") + " --updates 12");
  EXPECT_EQ(result.code, 0) << result.error;
  const std::size_t told = result.error.find("could not be read");
  EXPECT_NE(told, std::string::npos) << result.error;
  EXPECT_EQ(result.error.find("could not be read", told + 1), std::string::npos) << result.error;
  EXPECT_EQ(result.error.find("\x1b[31m"), std::string::npos) << "what a terminal obeys stays out of it";
  EXPECT_EQ(rows("run"), 11u);
  EXPECT_EQ(read_file(at("run/metrics-damaged-1.csv")), table);
}

TEST_F(RunFolderOnDisk, FindsARunHoweverItsFolderIsNamed) {
  const std::string odd = at("a \xE9 folder");
  train(kSmall + ("--updates 2 --out '" + odd + "/'"));
  fs::create_directory_symlink(odd, at("link"));
  train("--resume '" + odd + "/' --updates 3");
  train("--resume " + at("link") + " --updates 4");
  train("--resume " + at("link") + "/ --out '" + odd + "' --updates 5");
  const Result result = run("train --resume " + at("link").substr(1) + " --updates 6");  // it runs in /
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(rows("link"), 6u);
  EXPECT_FALSE(fs::exists(odd + "/earlier-1"));
}

TEST_F(RunFolderOnDisk, DrawsATableThatASpreadsheetSavedAndNamesTheLineOfADamagedOne) {
  train(kSmall + ("--updates 10 --out " + at("run")));
  const std::string table = read_file(at("run/metrics.csv"));
  std::string saved = "\xEF\xBB\xBF";
  for (const char c : table)
    saved += c == ',' ? ";" : c == '.' ? "," : c == '\n' ? "\r\n" : std::string(1, c);
  write_file(at("run/metrics.csv"), saved);
  EXPECT_EQ(run("figure training --run " + at("run") + " --out " + at("a.svg")).code, 0);
  write_file(at("run/metrics.csv"), table + "lstm,11,2.");
  expect_complaint("figure training --run " + at("run") + " --out " + at("b.svg"), 1, "line 12");
}

TEST_F(RunFolderOnDisk, WritesThroughNoLinkThatCameWithAFolder) {
  train(kSmall + ("--updates 2 --out " + at("run")));
  write_file(at("victim"), "precious");
  for (const char* name : {"metrics.csv", "model.safetensors", ".lock"}) {
    fs::remove(at("run/") + name);
    fs::create_symlink("../victim", at("run/") + name);
  }
  EXPECT_EQ(run("train --resume " + at("run") + " --updates 4").code, 0);
  EXPECT_EQ(read_file(at("victim")), "precious");
}

TEST_F(RunFolderOnDisk, LeavesARunToResumeWheneverItIsKilled) {
  train(kSmall + ("--updates 3 --out " + at("run")));
  const std::string before = read_file(at("run/training.safetensors"));
  // A run over an old one, killed at any moment.
  for (int k = 0; k < 12; ++k) {
    fs::remove_all(at("copy"));
    fs::copy(at("run"), at("copy"));
    write_file(at("copy/mine.txt"), "mine");
    const std::string killed = "timeout -s KILL 0." + std::to_string(100 + 17 * k) + " " + GATESCOPE_PROGRAM +
                               " train " + kSmall + "--updates 100000000 --out " + at("copy") +
                               " >/dev/null 2>&1";
    ASSERT_NE(std::system(killed.c_str()), -1);
    const bool aside = fs::exists(at("copy/earlier-1"));
    const bool here = fs::exists(at("copy/experiment.json"));
    ASSERT_TRUE(aside || here);
    EXPECT_EQ(read_file(at("copy/mine.txt")), "mine");
    if (aside) {
      EXPECT_EQ(read_file(at("copy/earlier-1/training.safetensors")), before);
    }
    if (here) {
      EXPECT_EQ(run("train --resume " + at("copy") + " --seconds 0.01").code, 0);
    }
    if (fs::exists(at("copy/earlier-1"))) {
      EXPECT_EQ(run("train --resume " + at("copy/earlier-1") + " --updates 4").code, 0);
    }
  }
}

TEST_F(RunFolderOnDisk, SaysWhatIsOnTheDiskWhenTheEndCannotBeSaved) {
  fs::create_directories(at("run"));
  train(kSmall + ("--updates 2 --out " + at("run")));
  fs::remove(at("run/model.safetensors"));
  fs::create_directories(at("run/model.safetensors/in the way"));
  const Result result = run("train --resume " + at("run") + " --updates 4");
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.error.find("model.safetensors"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("the state of update 2 is on the disk"), std::string::npos) << result.error;
  fs::remove_all(at("run/model.safetensors"));
  train("--resume " + at("run") + " --updates 4");
}

}  // namespace
}  // namespace gatescope
