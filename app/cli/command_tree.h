#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace gatescope::app {

/// One option or argument of the command line, as its manual page and a shell need it.
struct OptionEntry {
  std::vector<std::string> names;    ///< "-h", "--help"; none for an argument that goes by its place
  std::string label;                 ///< of such an argument: "preset"
  std::string value;                 ///< what it takes: "TEXT", "NUMBER"; empty for a flag
  std::string what;                  ///< its sentence
  std::string usual;                 ///< the value it has otherwise, empty where none is told
  std::vector<std::string> choices;  ///< the values there are, where they are few words
  bool several = false;
  bool required = false;
};

/// The program or one of its subcommands.
struct CommandEntry {
  std::string name;  ///< "gatescope", "train"
  std::string what, footer;
  std::vector<OptionEntry> options;
  std::vector<CommandEntry> commands;
};

/// Everything the command line takes, from what reads it.
CommandEntry command_tree(CLI::App& program);

/// The manual page, in roff's man macros.
std::string man_page(const CommandEntry& program, const std::string& version);
/// The completions for a shell: bash, zsh or fish. Throws Error for another.
std::string completions(const CommandEntry& program, const std::string& shell);

}  // namespace gatescope::app
