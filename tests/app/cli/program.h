#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/files.h"

namespace gatescope {

struct Result {
  int code;
  std::string out, error;
};

/// The program as a user runs it, with a folder of its own that is gone at the end.
class Program : public testing::Test {
 protected:
  Program() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gatescope-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Program() override {
    std::error_code code;
    std::filesystem::remove_all(folder_, code);
  }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  Result run(const std::string& arguments) const {
    const std::string error = at("stderr"),
                      command = std::string("cd / && ") + GATESCOPE_PROGRAM + " " + arguments + " 2>" + error;
    FILE* pipe = popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer;
    for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      out.append(buffer.data(), n);
    const int status = pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out, read_file(error)};
  }

  void train(const std::string& arguments) const {
    const Result result = run("train " + arguments);
    ASSERT_EQ(result.code, 0) << result.error;
  }

  void expect_complaint(const std::string& arguments, int code, const std::string& about) const {
    const Result result = run(arguments);
    EXPECT_EQ(result.code, code) << arguments << "\n" << result.error;
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
    EXPECT_NE(result.error.find(about), std::string::npos) << arguments << "\n" << result.error;
  }

  std::filesystem::path folder_;
};

}  // namespace gatescope
