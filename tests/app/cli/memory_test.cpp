// How much memory long texts take, as the system counts it.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/file_memory.h"
#include "program.h"

namespace gatescope {
namespace {

struct Memory : Program {
  /// The most bytes that the program held at a time.
  double peak(const std::vector<std::string>& arguments) const {
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> words{const_cast<char*>(GATESCOPE_PROGRAM)};
      for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
      words.push_back(nullptr);
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, 1);
      dup2(nowhere, 2);
      execv(GATESCOPE_PROGRAM, words.data());
      _exit(127);
    }
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return 1024.0 * static_cast<double>(usage.ru_maxrss);
  }

  std::string text_of(std::size_t size) const {
    const std::string name = at(std::to_string(size) + ".txt");
    std::string text;
    for (std::size_t k = 0; text.size() < size; ++k)
      text += "It was the best of times, line " + std::to_string(k % 997) + ".\n";
    write_file(name, text);
    return name;
  }
};

// Sanitizers take memory of their own.
#ifndef GATESCOPE_SANITIZED

TEST_F(Memory, OfATextIsItsSize) {
  const auto trained = [&](std::size_t size) {
    return peak({"train", "--text", text_of(size), "--hidden", "4", "--updates", "1", "--held-out", "0",
                 "--evaluate-every", "0", "--out", at("run")});
  };
  constexpr std::size_t kLong = 30'000'000;
  EXPECT_LT(trained(kLong) - trained(1000), 1.4 * kLong);
}

TEST_F(Memory, OfATraceDoesNotGrowWithTheText) {
  train("--text " + text_of(5000) + " --hidden 64 --updates 1 --out " + at("run"));
  const auto traced = [&](std::size_t size) {
    return peak({"trace", "--model", at("run/model.safetensors"), "--text-file", text_of(size), "--out",
                 at("t.json")});
  };
  constexpr std::size_t kLong = 10'000;  // 14 channels with gradients of 64 units: 36 MB
  if (!FileMemory::has_room(1e9)) GTEST_SKIP() << "no temporary folder is on a disk";
  EXPECT_LT(traced(kLong) - traced(100), 18e6);
}

TEST_F(Memory, OfATableIsNotThatOfItsRows) {
  train("--text " + text_of(5000) + " --hidden 32 --updates 1 --out " + at("run"));
  const auto written = [&](std::size_t size) {
    return peak({"figure", "gates", "--model", at("run/model.safetensors"), "--text-file", text_of(size),
                 "--out", at("t.csv")});
  };
  const double of_few = written(100), of_many = written(5000);
  EXPECT_LT(of_many - of_few, 0.3 * static_cast<double>(std::filesystem::file_size(at("t.csv"))));
}

#endif

}  // namespace
}  // namespace gatescope
