// Standard streams that are closed, full or dead: results that cannot be delivered are an error, what is said
// beside them decides about nothing, and files never become a stream.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "program.h"
#include "tests/sanitized.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// Each `bench` measures the machine's own rate first, which takes a sanitizer minutes.
constexpr bool kBenches = !kSanitized;

class Streams : public Program {
 protected:
  const std::string model =
      std::string(" --model ") + GATESCOPE_SOURCE_DIR + "/tests/golden/run/lstm.safetensors";

  /// The program in a shell with redirections of its own; the exit code.
  int shell(const std::string& arguments, const std::string& redirections) const {
    const std::string command =
        "cd " + folder_.string() + " && " + GATESCOPE_PROGRAM + " " + arguments + " " + redirections;
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
  }

  /// A run's weights.
  std::string weights_of(const std::string& name) const {
    const std::string file = read_file(folder_ / name / "model.safetensors");
    std::uint64_t header = 0;
    std::memcpy(&header, file.data(), sizeof header);
    return file.substr(sizeof header + header);
  }

  std::vector<std::string> printing() const {
    std::vector<std::string> commands{"presets",
                                      "--help",
                                      "--version",
                                      "train --help",
                                      "figure --list",
                                      "sample --length 50" + model,
                                      "sample --length 70000" + model};
    if (kBenches) commands.emplace_back("bench --cell rnn --hidden 8 --seconds 0.01 --threads 1");
    return commands;
  }
};

TEST_F(Streams, ResultsThatCannotBePrintedAreAnError) {
  for (const std::string& arguments : printing()) {
    for (const char* redirection : {">/dev/full", ">&-", "</dev/null >&-", "<&- >&-"}) {
      const int code = shell(arguments, std::string(redirection) + " 2>error");
      EXPECT_EQ(code, 1) << arguments << " " << redirection;
      const std::string error = read_file(at("error"));
      EXPECT_EQ(error.find("gatescope: "), 0u) << arguments << " " << redirection << "\n" << error;
      EXPECT_EQ(std::ranges::count(error, '\n'), 1) << error;
    }
    for (const char* redirection : {">/dev/full 2>/dev/full", ">&- 2>&-", ">/dev/full 2>&-", "<&- >&- 2>&-"})
      EXPECT_EQ(shell(arguments, redirection), 1) << arguments << " " << redirection;
    EXPECT_EQ(shell(arguments, ">out 2>&-"), 0) << arguments;
    EXPECT_GT(fs::file_size(at("out")), 0u) << arguments;
  }
}

TEST_F(Streams, ADeadPipeIsAnErrorAndNoSignal) {
  // The reader is gone before anything is written.
  for (const std::string& arguments : printing()) {
    const std::string command = "mkfifo p; (exec 3<p; exec 3<&-) & exec 4>p; wait; " +
                                std::string(GATESCOPE_PROGRAM) + " " + arguments +
                                " >&4 2>error; echo $? >code; rm p";
    ASSERT_EQ(std::system(("cd " + folder_.string() + " && { " + command + "; }").c_str()), 0);
    EXPECT_EQ(read_file(at("code")), "1\n") << arguments;
    EXPECT_NE(read_file(at("error")).find("Broken pipe"), std::string::npos) << arguments;
  }
}

TEST_F(Streams, TrainingGoesOnWhereNobodyCanReadAboutIt) {
  const std::string settings = "train --text brackets.txt --cell rnn --hidden 4 --updates 30 --seed 5 --out ";
  ASSERT_EQ(shell(settings + "usual", ">/dev/null"), 0);
  int number = 0;
  for (const char* redirection : {"2>/dev/full", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full",
                                  ">/dev/full 2>/dev/full", "2>&1 | true", "2>&1 | head -1 >/dev/null"}) {
    const std::string run = "run" + std::to_string(++number);
    const int code = shell(settings + run + " --samples --evaluate-every 1", redirection);
    const bool full = std::string(redirection).starts_with(">/dev/full");  // what it printed is lost
    EXPECT_EQ(code, full ? 1 : 0) << redirection;
    // The experiment is another one by --evaluate-every; the weights are not.
    EXPECT_EQ(weights_of(run), weights_of("usual")) << redirection;
  }
}

TEST_F(Streams, FilesDoNotBecomeAStandardStream) {
  const std::string trace = "trace" + model + " --text 'The mill' --out t.json";
  ASSERT_EQ(shell(trace, ">/dev/null"), 0);
  const std::string usual = read_file(at("t.json"));
  for (const char* redirection : {"<&- >&-", "<&- >&- 2>&-", "2>&-"}) {
    fs::remove(at("t.json"));
    shell(trace, redirection);
    EXPECT_EQ(read_file(at("t.json")), usual) << redirection;
  }
}

TEST_F(Streams, AFileThatComesOutOfTheStandardOutputIsNotMixedWithWords) {
  fs::create_symlink("/dev/stdout", at("x.svg"));
  fs::create_symlink("/proc/self/fd/1", at("x.png"));
  const std::string figure = "figure gates --text 'The mill'" + model + " --size 300x200 --out ";
  for (const char* out : {"/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"}) {
    ASSERT_EQ(shell("trace" + model + " --text 'The mill' --out " + out, "2>error | cat >t.json"), 0);
    EXPECT_TRUE(nlohmann::json::accept(read_file(at("t.json")))) << out;
    EXPECT_NE(read_file(at("error")).find("nats over"), std::string::npos);
  }
  ASSERT_EQ(shell(figure + "x.svg", "2>error | cat >pipe"), 0);
  EXPECT_EQ(read_file(at("pipe")).substr(0, 1), "<");
  EXPECT_EQ(read_file(at("pipe")).substr(read_file(at("pipe")).size() - 7), "</svg>\n");
  ASSERT_EQ(shell(figure + "x.png", "2>error >file"), 0);
  EXPECT_EQ(foreign_format(read_file(at("file"))), "a PNG picture");
  // A standard output that is not there takes no file.
  EXPECT_EQ(shell("trace" + model + " --text 'The mill' --out /dev/stdout", ">&- 2>error"), 1);
  EXPECT_NE(read_file(at("error")).find("/dev/stdout"), std::string::npos);
  EXPECT_TRUE(fs::is_symlink(at("x.svg")));
  if (!kBenches) return;
  ASSERT_EQ(shell("bench --cell rnn,gru --hidden 4 --seconds 0.01 --threads 1 --json /dev/stdout",
                  "2>error | cat >b.json"),
            0);
  EXPECT_EQ(nlohmann::json::parse(read_file(at("b.json")))["rows"].size(), 2u);
}

}  // namespace
}  // namespace gatescope
