#include <regex>
#include <set>
#include <string>

#include "tests/app/cli/program.h"

namespace gatescope {
namespace {

class Describe : public Program {
 protected:
  /// The options and subcommands that a help text lists.
  std::set<std::string> listed(const std::string& command) const {
    const std::string help = run(command + " --help").out;
    std::set<std::string> names;
    const std::regex line("\\n *((?:-\\w,)?(?:--[a-z-]+,?)+)");
    for (std::sregex_iterator match(help.begin(), help.end(), line), end; match != end; ++match) {
      const std::string all = (*match)[1];
      const std::regex name("--[a-z-]+");
      for (std::sregex_iterator found(all.begin(), all.end(), name); found != end; ++found)
        names.insert(found->str());
    }
    return names;
  }

  static std::string without_backslashes(std::string text) {
    std::erase(text, '\\');
    return text;
  }
};

constexpr const char* kCommands[] = {"train",  "sample", "trace",   "analyze", "evaluate",   "decode",
                                     "figure", "bench",  "presets", "cells",   "screenshot", "describe"};

TEST_F(Describe, ManualPageHasEveryOptionOfEverySubcommand) {
  const Result page = run("describe man");
  ASSERT_EQ(page.code, 0) << page.error;
  const std::string text = without_backslashes(page.out);
  std::size_t at = 0;
  for (const char* command : kCommands) {
    at = text.find(std::string(".SS gatescope ") + command + "\n", at);
    ASSERT_NE(at, std::string::npos) << command;
    const std::string section = text.substr(at, text.find("\n.S", at + 1) - at);
    const auto names = listed(command);
    EXPECT_TRUE(names.contains("--help")) << command;
    for (const std::string& name : names)
      EXPECT_NE(section.find("fB" + name + "fR"), std::string::npos) << command << " " << name;
  }
  const std::string options =
      text.substr(text.find(".SH OPTIONS"), text.find(".SH COMMANDS") - text.find(".SH OPTIONS"));
  for (const std::string& name : listed(""))
    EXPECT_NE(options.find("fB" + name + "fR"), std::string::npos) << name;
}

TEST_F(Describe, CompletionsOfEveryShellHaveEveryOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Result script = run(std::string("describe ") + shell);
    ASSERT_EQ(script.code, 0) << script.error;
    for (const char* command : kCommands) {
      EXPECT_NE(script.out.find(command), std::string::npos) << shell << " " << command;
      for (const std::string& name : listed(command)) {
        const std::string written =
            shell == std::string("fish") ? "from " + std::string(command) + "'" : name;
        EXPECT_NE(script.out.find(written), std::string::npos) << shell << " " << name;
        if (shell == std::string("fish")) {
          EXPECT_NE(script.out.find(" -l " + name.substr(2) + " "), std::string::npos) << name;
        }
      }
    }
  }
}

TEST_F(Describe, BashCompletesSubcommandsOptionsValuesAndPresets) {
  const auto completed = [&](const std::string& words, int number) {
    const std::string script = at("completions");
    write_file(script, run("describe bash").out);
    write_file(at("ask"), "PATH=" + std::filesystem::path(GATESCOPE_PROGRAM).parent_path().string() +
                              ":$PATH\n. " + script + "\ncompopt() { :; }\nCOMP_WORDS=(" + words +
                              ")\nCOMP_CWORD=" + std::to_string(number) +
                              "\n_gatescope\necho \"${COMPREPLY[*]}\"\n");
    return run("--version >/dev/null; bash " + at("ask")).out;
  };
  EXPECT_EQ(completed("gatescope scr", 1), "screenshot\n");
  EXPECT_EQ(completed("gatescope train --optim", 2), "--optimizer\n");
  EXPECT_EQ(completed("gatescope train --optimizer s", 3), "sgd\n");
  EXPECT_EQ(completed("gatescope train ra", 2), "race\n");
  EXPECT_EQ(completed("gatescope figure satu", 2), "saturation\n");
  EXPECT_EQ(completed("gatescope sample --optim", 2), "\n") << "an option of another subcommand";
}

TEST_F(Describe, RefusesAnotherShell) {
  expect_complaint("describe csh", 2, "csh");
}

}  // namespace
}  // namespace gatescope
