#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/command_tree.h"
#include "core/error.h"

namespace gatescope::app {
namespace {

constexpr std::string_view kPresets = "gatescope presets 2>/dev/null | sed -n 's/^\\([^ ][^ ]*\\) .*/\\1/p'";

bool takes_preset(const OptionEntry& option) {
  return option.label == "preset" || option.label == "open";
}

std::vector<std::string> names_of(const CommandEntry& command) {
  std::vector<std::string> names;
  for (const OptionEntry& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> names_of(const std::vector<CommandEntry>& commands) {
  std::vector<std::string> names;
  for (const CommandEntry& command : commands) names.push_back(command.name);
  return names;
}

/// In single quotes, for any shell.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The lines of a `case` on "COMMAND OPTION": what follows there.
std::string bash_values(const CommandEntry& command, const std::string& label) {
  std::string out;
  for (const OptionEntry& option : command.options) {
    if (option.value.empty() || option.names.empty()) continue;
    std::string pattern;
    for (const std::string& name : option.names)
      pattern += fmt::format("{}'{} {}'", pattern.empty() ? "" : "|", label, name);
    out += option.choices.empty()
               ? fmt::format(
                     "    {}) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n",
                     pattern)
               : fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")); return ;;\n", pattern,
                             fmt::join(option.choices, " "));
  }
  return out;
}

std::string bash_line(const CommandEntry& command, const std::string& label,
                      const std::vector<std::string>& commands) {
  std::vector<std::string> words = names_of(command);
  words.insert(words.end(), commands.begin(), commands.end());
  std::string more;
  for (const OptionEntry& option : command.options) {
    if (!option.names.empty()) continue;
    words.insert(words.end(), option.choices.begin(), option.choices.end());
    if (takes_preset(option)) more = fmt::format(" $({})", kPresets);
  }
  return fmt::format("    {}) words=\"{}{}\" ;;\n", shell_quoted(label), fmt::join(words, " "), more);
}

std::string bash(const CommandEntry& program) {
  std::string values = bash_values(program, ""), lines = bash_line(program, "", names_of(program.commands));
  for (const CommandEntry& command : program.commands) {
    values += bash_values(command, command.name);
    lines += bash_line(command, command.name, {});
  }
  return fmt::format(
      "# bash completion for gatescope\n"
      "_gatescope() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= word "
      "words\n"
      "  COMPREPLY=()\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case $word in {}) command=$word; break ;; esac\n"
      "  done\n"
      "  case \"$command $previous\" in\n{}  esac\n"
      "  case $command in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  if [[ $current != -* ]]; then\n"
      "    compopt -o filenames\n"
      "    COMPREPLY+=($(compgen -f -- \"$current\"))\n"
      "  fi\n"
      "}}\n"
      "complete -F _gatescope gatescope\n",
      fmt::join(names_of(program.commands), "|"), values, lines);
}

/// A description within one of zsh's specifications.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const OptionEntry& option) {
  if (takes_preset(option)) return "_gatescope_presets_or_files";
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  return "_files";
}

std::string zsh_options(const CommandEntry& command) {
  std::string out;
  for (const OptionEntry& option : command.options) {
    for (const std::string& name : option.names) {
      std::string spec = fmt::format("{}{}[{}]", option.several ? "*" : "", name, zsh_text(option.what));
      if (!option.value.empty()) spec += fmt::format(":{}:{}", zsh_text(option.value), zsh_action(option));
      out += fmt::format(" \\\n    {}", shell_quoted(spec));
    }
  }
  return out;
}

std::string zsh_arguments(const CommandEntry& command) {
  std::string out;
  for (const OptionEntry& option : command.options)
    if (option.names.empty())
      out += " \\\n    " + shell_quoted(fmt::format("{}:{}:{}", option.several ? "*" : "1",
                                                    zsh_text(option.label), zsh_action(option)));
  return out;
}

std::string zsh(const CommandEntry& program) {
  std::string commands, cases;
  for (const CommandEntry& command : program.commands) {
    commands +=
        fmt::format("    {}\n", shell_quoted(fmt::format("{}:{}", command.name, zsh_text(command.what))));
    cases += fmt::format("  {})\n    _arguments -S{}{}\n    ;;\n", command.name, zsh_options(command),
                         zsh_arguments(command));
  }
  return fmt::format(
      "#compdef gatescope\n"
      "_gatescope_presets_or_files() {{\n"
      "  local -a presets\n"
      "  presets=(${{(f)\"$({})\"}})\n"
      "  _alternative \"presets:preset:($presets)\" 'files:file:_files'\n"
      "}}\n"
      "_gatescope_commands_and_files() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  _describe command commands\n"
      "  _gatescope_presets_or_files\n"
      "}}\n"
      "_gatescope() {{\n"
      "  local context state state_descr line\n"
      "  typeset -A opt_args\n"
      "  _arguments -S -C{} \\\n    '1:command:_gatescope_commands_and_files' \\\n    "
      "'*::argument:->argument'\n"
      "  [[ $state == argument ]] || return\n"
      "  case $line[1] in\n{}  *) _files ;;\n  esac\n"
      "}}\n"
      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _gatescope \"$@\"; else compdef _gatescope "
      "gatescope; fi\n",
      kPresets, commands, zsh_options(program), cases);
}

/// In single quotes, as fish has them.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_options(const CommandEntry& command, const std::string& where) {
  std::string out;
  for (const OptionEntry& option : command.options) {
    std::string line = fmt::format("complete -c gatescope -n {}", fish_quoted(where));
    for (const std::string& name : option.names)
      line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (option.names.empty()) {
      if (takes_preset(option))
        out += fmt::format("{} -a {}\n", line, fish_quoted(fmt::format("({})", kPresets)));
      else if (!option.choices.empty())
        out +=
            fmt::format("{} -a {}\n", line, fish_quoted(fmt::format("{}", fmt::join(option.choices, " "))));
      continue;
    }
    if (!option.value.empty()) line += " -r";
    if (!option.choices.empty())
      line += fmt::format(" -f -a {}", fish_quoted(fmt::format("{}", fmt::join(option.choices, " "))));
    out += fmt::format("{} -d {}\n", line, fish_quoted(option.what));
  }
  return out;
}

std::string fish(const CommandEntry& program) {
  const std::string all = fmt::format("{}", fmt::join(names_of(program.commands), " "));
  const std::string first = "not __fish_seen_subcommand_from " + all;
  std::string out = "# fish completion for gatescope\n" + fish_options(program, first);
  for (const CommandEntry& command : program.commands) {
    out += fmt::format("complete -c gatescope -n {} -a {} -d {}\n", fish_quoted(first), command.name,
                       fish_quoted(command.what));
    out += fish_options(command, "__fish_seen_subcommand_from " + command.name);
  }
  return out;
}

}  // namespace

std::string completions(const CommandEntry& program, const std::string& shell) {
  if (shell == "bash") return bash(program);
  if (shell == "zsh") return zsh(program);
  if (shell == "fish") return fish(program);
  fail("there are no completions for '{}', expected bash, zsh or fish", shell);
}

}  // namespace gatescope::app
