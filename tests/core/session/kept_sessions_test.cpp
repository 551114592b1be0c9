// Where windows keep their sessions, and which of them a crash left behind.

#include "core/session/kept_sessions.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "core/checkpoint/safetensors.h"
#include "core/error.h"
#include "core/files.h"
#include "tests/temporary_folder.h"

namespace gatescope::session {
namespace {

namespace fs = std::filesystem;

class KeptSessions : public testing::Test {
 protected:
  /// As much of a session as telling what it is needs.
  static void write_session(const fs::path& path, const std::string& title, int updates) {
    checkpoint::Safetensors file;
    file.metadata = {{"format", "gatescope session"},
                     {"updates", std::to_string(updates)},
                     {"experiment", R"({"title":")" + title + R"("})"}};
    checkpoint::write_safetensors(path, file);
  }
  fs::path write_old(const std::string& name, const std::string& title = "Old", int updates = 1) const {
    write_session(folder_ / name, title, updates);
    return folder_ / name;
  }
  static void set_age(const fs::path& path, int seconds) {
    const std::time_t then = std::time(nullptr) - seconds;
    const timespec times[2]{{then, 0}, {then, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_))
      found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(KeptSessions, OneWhoseWindowLivesIsNotOfferedAndOneWhoseWindowIsGoneIs) {
  fs::path path;
  {
    KeptSession kept(folder_);
    path = kept.path();
    EXPECT_EQ(kept.path(), path) << "one place a window";
    write_session(path, "Long memory", 4180);
    EXPECT_TRUE(find_left_behind(folder_).empty());
  }  // the lock ends with the process; nothing tidies up
  const auto left = find_left_behind(folder_);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].path, path);
  EXPECT_EQ(left[0].title, "Long memory");
  EXPECT_EQ(left[0].updates, 4180u);
  EXPECT_EQ(left[0].problem, "");
}

TEST_F(KeptSessions, AProcessThatNobodyWaitedForHidesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    KeptSession kept(folder_);
    write_session(kept.path(), "Zombie", 1);
    kill(getpid(), SIGKILL);
  }
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  ASSERT_EQ(kill(child, 0), 0) << "its number is still taken";
  EXPECT_EQ(find_left_behind(folder_).size(), 1u);
  waitpid(child, nullptr, 0);
}

TEST_F(KeptSessions, TwoWindowsHaveTwoPlaces) {
  KeptSession one(folder_), other(folder_);
  EXPECT_NE(one.path(), other.path());
}

TEST_F(KeptSessions, AFileOfAnEarlierVersionIsOfferedWhateverProcessHasItsNumberNow) {
  write_old(fmt::format("running-{}.gatescope", getpid()));
  write_old(fmt::format("running-{}.gatescope", getppid()));
  write_old("running-99999999.gatescope");
  EXPECT_EQ(find_left_behind(folder_).size(), 3u);
}

TEST_F(KeptSessions, OneOfAnotherMachineIsOfferedOnlyAfterALongSilence) {
  const fs::path session = write_old("running-00000000000000aa.gatescope");
  const fs::path lock = folder_ / "running-00000000000000aa.lock";
  write_file(lock, R"({"machine":"another","boot":"another","space":"","process":"1","start":"1"})");
  EXPECT_TRUE(find_left_behind(folder_).empty()) << "a lock that only the other machine sees";
  set_age(lock, 3600);
  EXPECT_EQ(find_left_behind(folder_).size(), 1u);
}

TEST_F(KeptSessions, TheNewestComesFirst) {
  for (const auto& [name, age] : {std::pair("a", 50), std::pair("b", 10), std::pair("c", 90)}) {
    const fs::path path = write_old(fmt::format("running-{}.gatescope", name), name);
    set_age(path, age);
  }
  std::string order;
  for (const LeftBehind& left : find_left_behind(folder_)) order += left.title;
  EXPECT_EQ(order, "bac");
}

TEST_F(KeptSessions, RecoveringNeverWritesOverAnother) {
  write_file(folder_ / "recovered-1.gatescope", "somebody's");
  write_file(last_session_in(folder_), "ended in order");
  const fs::path path = write_old("running-7.gatescope", "Seven", 7);
  const std::string bytes = read_file(path);
  const fs::path recovered = recover(find_left_behind(folder_).at(0));
  EXPECT_EQ(recovered, folder_ / "recovered-2.gatescope");
  EXPECT_EQ(read_file(recovered), bytes);
  EXPECT_EQ(read_file(folder_ / "recovered-1.gatescope"), "somebody's");
  EXPECT_EQ(read_file(last_session_in(folder_)), "ended in order");
  EXPECT_TRUE(find_left_behind(folder_).empty());
}

TEST_F(KeptSessions, WhatIsThrownAwayStaysForAWhile) {
  const fs::path path = write_old("running-7.gatescope");
  set_age(path, 86400 * (kDaysInTrash + 5));
  const std::string bytes = read_file(path);
  const fs::path thrown = throw_away(find_left_behind(folder_).at(0));
  tidy_kept_sessions(folder_);
  EXPECT_EQ(read_file(thrown), bytes) << "its days count from when it was thrown away";
  EXPECT_TRUE(find_left_behind(folder_).empty());
  set_age(thrown, 86400 * (kDaysInTrash + 1));
  tidy_kept_sessions(folder_);
  EXPECT_FALSE(fs::exists(thrown));
}

TEST_F(KeptSessions, OnlyOneWindowGetsASession) {
  write_old("running-7.gatescope");
  const LeftBehind left = find_left_behind(folder_).at(0);
  recover(left);
  EXPECT_THROW(recover(left), Error);
  EXPECT_THROW(throw_away(left), Error);
}

TEST_F(KeptSessions, AWindowThatCameBackIsNotRobbed) {
  KeptSession kept(folder_);
  write_session(kept.path(), "Mine", 1);
  LeftBehind mine;
  mine.path = kept.path();
  EXPECT_THROW(throw_away(mine), Error);
  EXPECT_TRUE(fs::exists(kept.path()));
}

TEST_F(KeptSessions, EndedInOrderItLeavesNothingBehind) {
  KeptSession kept(folder_);
  write_session(kept.path(), "Mine", 1);
  kept.done();
  EXPECT_TRUE(names().empty());
}

TEST_F(KeptSessions, ADamagedOneIsNamedAndNotHidden) {
  write_file(folder_ / "running-5.gatescope", "junk");
  const auto left = find_left_behind(folder_);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_NE(left[0].problem.find("running-5.gatescope"), std::string::npos);
}

TEST_F(KeptSessions, AFolderThatCannotBeMadeIsAnErrorThatNamesIt) {
  write_file(folder_ / "file", "no folder");
  KeptSession kept(folder_ / "file" / "state");
  try {
    kept.path();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("file"), std::string::npos);
  }
  EXPECT_TRUE(find_left_behind(folder_ / "nowhere").empty());
}

}  // namespace
}  // namespace gatescope::session
