#include "core/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ostream>
#include <string>
#include <thread>

#include "../error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_ / name; }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static mode_t mode(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  /// What a pipe gives while `write` fills it.
  static std::string through_pipe(const std::function<void(int)>& write) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return "no pipe";
    std::thread writer([&] {
      write(ends[1]);
      ::close(ends[1]);
    });
    std::string all;
    std::array<char, 4096> part;
    for (ssize_t got; (got = ::read(ends[0], part.data(), part.size())) > 0;)
      all.append(part.data(), static_cast<std::size_t>(got));
    writer.join();
    ::close(ends[0]);
    return all;
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(Files, AreWrittenWholeIntoFoldersThatAreMade) {
  const std::string bytes(300'000, 'x');
  write_file(at("a/b/c.txt"), bytes, {.sync = true});
  EXPECT_EQ(read_file(at("a/b/c.txt")), bytes);
  write_file(at("a/b/c.txt"), "short");
  EXPECT_EQ(read_file(at("a/b/c.txt")), "short");
  EXPECT_EQ(count(), 1u) << "nothing else stays";
}

TEST_F(Files, KeepTheirModeWhenWrittenAgain) {
  for (const mode_t rights : {0600, 0640, 0444, 0755}) {
    write_file(at("a"), "1");
    ASSERT_EQ(::chmod(at("a").c_str(), rights), 0);
    write_file(at("a"), "2");
    EXPECT_EQ(mode(at("a")), rights);
    EXPECT_EQ(read_file(at("a")), "2");
  }
}

TEST_F(Files, ALinkStaysALinkAndItsTargetIsWritten) {
  fs::create_directory(at("there"));
  write_file(at("there/target"), "old");
  fs::create_symlink("there/target", at("link"));
  fs::create_symlink("link", at("link to a link"));
  write_file(at("link to a link"), "new");
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(read_file(at("there/target")), "new");
  fs::create_symlink("not yet", at("dangling"));
  write_file(at("dangling"), "made");
  EXPECT_TRUE(fs::is_symlink(at("dangling")));
  EXPECT_EQ(read_file(at("not yet")), "made");
  fs::create_symlink("circle", at("circle"));
  EXPECT_NE(error_of([&] { write_file(at("circle"), "x"); }).find("in a circle"), std::string::npos);
}

TEST_F(Files, ALinkIsReplacedWhereItMayNotLeaveTheFolder) {
  write_file(at("victim"), "not yours");
  fs::create_symlink("victim", at("link"));
  fs::create_symlink("/dev/full", at("device"));
  for (const char* name : {"link", "device"}) {
    write_file(at(name), "mine", {.follow_links = false});
    EXPECT_FALSE(fs::is_symlink(at(name)));
    EXPECT_EQ(read_file(at(name)), "mine");
  }
  EXPECT_EQ(read_file(at("victim")), "not yours");
}

TEST_F(Files, NobodyElsesFileIsUsedOnTheWay) {
  write_file(at("victim"), "not yours");
  for (const char* name : {"a.part", "a.tmp", "a~", ".a.swp", "a.log"})
    fs::create_symlink("victim", at(name));
  write_file(at("a"), "1");
  NewFile gif(at("a.gif"));
  EXPECT_EQ(gif.path().extension(), ".gif");
  write_file(gif.path(), "2");
  EXPECT_FALSE(fs::exists(at("a.gif"))) << "not before it is whole";
  gif.keep();
  EXPECT_EQ(read_file(at("victim")), "not yours");
  EXPECT_EQ(read_file(at("a.gif")), "2");
  EXPECT_TRUE(fs::is_symlink(at("a.part")));
}

TEST_F(Files, WhatIsNoFileIsWrittenThroughAndStays) {
  write_file("/dev/null", "away");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_NE(error_of([] { write_file("/dev/full", "x"); }).find("No space left"), std::string::npos);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  fs::create_symlink("/dev/full", at("full"));
  EXPECT_NE(error_of([&] { write_file(at("full"), "x"); }).find("full"), std::string::npos);
  EXPECT_TRUE(fs::is_symlink(at("full")));

  const std::string bytes(200'000, 'y');
  for (const char* folder : {"/dev/fd/", "/proc/self/fd/"}) {
    EXPECT_EQ(through_pipe([&](int end) { write_file(folder + std::to_string(end), bytes); }), bytes)
        << folder;
  }
  EXPECT_EQ(through_pipe([&](int end) {
              NewFile file("/dev/fd/" + std::to_string(end));
              write_file(file.path(), "film");
              file.keep();
            }),
            "film");
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = read_input(at("fifo")); });
  write_file(at("fifo"), bytes);
  reader.join();
  EXPECT_EQ(got, bytes);
  EXPECT_TRUE(fs::is_fifo(at("fifo")));
}

TEST_F(Files, AFailureLeavesWhatWasThereAndNothingElse) {
  write_file(at("a"), "before");
  EXPECT_EQ(error_of([&] {
              write_file(at("a"), [](std::ostream& out) {
                out << std::string(100'000, 'z');
                throw Error("half way");
              });
            }),
            "half way");
  write_file(NewFile(at("a")).path(), "which nobody keeps");
  EXPECT_EQ(read_file(at("a")), "before");
  EXPECT_EQ(count(), 1u);
  fs::create_directory(at("folder"));
  EXPECT_NE(error_of([&] { write_file(at("folder"), "x"); }).find("is a folder"), std::string::npos);
  EXPECT_NE(error_of([&] { write_file(at("a/b"), "x"); }).find("cannot be made"), std::string::npos);
  EXPECT_NE(error_of([&] { write_file(at(std::string(300, 'n')), "x"); }).find("File name too long"),
            std::string::npos);
  EXPECT_EQ(count(), 2u);
}

TEST_F(Files, OnlyOurOwnUnfinishedFilesAreRemoved) {
  for (const char* name : {".gatescope-0123456789abcdef", ".gatescope-0123456789abcdef.mp4"})
    write_file(at(name), "");
  for (const char* name : {".gatescope-notes", ".gatescope-0123456789ABCDEF", "a.part", ".gatescope-0123"})
    write_file(at(name), "kept");
  fs::create_symlink("a.part", at(".gatescope-00000000000000ff"));
  remove_unfinished(folder_);
  EXPECT_EQ(count(), 5u);
  remove_unfinished(at("missing"));
}

TEST_F(Files, ReadingSaysWhatIsThereInstead) {
  fs::create_directory(at("folder"));
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  write_file(at("large"), "12345");
  EXPECT_NE(error_of([&] { read_file(at("nothing")); }).find("no such file"), std::string::npos);
  EXPECT_NE(error_of([&] { read_file(at("large/x")); }).find("no such file"), std::string::npos);
  EXPECT_NE(error_of([&] { read_file(at("folder")); }).find("is a folder"), std::string::npos);
  EXPECT_NE(error_of([&] { read_file(at("fifo")); }).find("not a regular file"), std::string::npos);
  EXPECT_NE(error_of([&] { read_file(at("large"), 4); }).find("5 bytes"), std::string::npos);
  EXPECT_NE(error_of([&] { read_input(at("nothing")); }).find("no such file"), std::string::npos);
  EXPECT_NE(error_of([&] { read_input("/dev/zero", 1000); }).find("more than 1000 bytes"), std::string::npos);
  EXPECT_GT(read_input("/proc/self/status").size(), 100u);
}

TEST_F(Files, APathOfAnyBytesComesBackFromItsText) {
  for (const std::string path : {"plain", "/a b/c%20d", "köln", "caf\xe9", "file:x", "file:caf%C3%A9",
                                 "100%\xff", "a\nb", "\x01\x7f\x80", "%", "file:"}) {
    EXPECT_EQ(path_from_text(path_to_text(path)).native(), path);
  }
  EXPECT_EQ(path_to_text("köln"), "köln");
  EXPECT_EQ(path_to_text("caf\xe9"), "file:caf%E9");
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(path_from_text(path_to_text(all)).native(), all);
}

TEST_F(Files, FormatsOfOthersAreToldByTheirFirstBytes) {
  EXPECT_EQ(foreign_format("once upon a time"), "");
  EXPECT_EQ(foreign_format(""), "");
  EXPECT_EQ(foreign_format("\xef\xbb\xbf{}"), "");
  EXPECT_NE(foreign_format(std::string_view("PK\3\4....", 8)).find("ZIP"), std::string_view::npos);
  const auto zip_of = [](const std::string& entry) {
    return std::string("PK\3\4", 4) + std::string(22, '\0') + static_cast<char>(entry.size()) +
           std::string(3, '\0') + entry;
  };
  EXPECT_NE(foreign_format(zip_of("model/data.pkl")).find("PyTorch"), std::string_view::npos);
  EXPECT_NE(foreign_format(zip_of("weights.npy")).find("NumPy"), std::string_view::npos);
  EXPECT_EQ(foreign_format("\x89PNG\r\n\x1a\n...."), "a PNG picture");
  EXPECT_NE(foreign_format("\x89HDF\r\n\x1a\n....").find("Keras"), std::string_view::npos);
}

}  // namespace
}  // namespace gatescope
