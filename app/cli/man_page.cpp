#include <fmt/format.h>

#include "app/cli/command_tree.h"

namespace gatescope::app {
namespace {

/// Text as roff shows it unchanged.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '`' || c == '\'')
      out += c == '`' ? "\\(ga" : "\\(aq";
    else
      out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string sentence(const OptionEntry& option) {
  std::string text = roff(option.what);
  if (!option.choices.empty()) {
    std::string list;
    for (const std::string& choice : option.choices) list += (list.empty() ? "" : ", ") + choice;
    text += fmt::format(": {}", roff(list));
  }
  if (!option.usual.empty()) text += fmt::format(" (otherwise {})", roff(option.usual));
  if (option.required && !option.names.empty()) text += " (required)";
  return text + ".";
}

std::string entry(const OptionEntry& option) {
  std::string head;
  for (const std::string& name : option.names)
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", roff(name));
  if (option.names.empty()) head = fmt::format("\\fI{}\\fR", roff(option.label));
  if (!option.value.empty() && !option.names.empty()) head += fmt::format(" \\fI{}\\fR", roff(option.value));
  if (option.several) head += " ...";
  return fmt::format(".TP\n{}\n{}\n", head, sentence(option));
}

std::string options_of(const CommandEntry& command) {
  std::string out;
  for (const bool by_name : {false, true})
    for (const OptionEntry& option : command.options)
      if (option.names.empty() != by_name) out += entry(option);
  return out;
}

std::string usage_of(const CommandEntry& command, std::string_view before) {
  std::string line = fmt::format(".B {}{}\n[\\fIoptions\\fR]\n", before, roff(command.name));
  for (const OptionEntry& option : command.options)
    if (option.names.empty())
      line += fmt::format("{}\\fI{}\\fR{}{}\n", option.required ? "" : "[", roff(option.label),
                          option.several ? " ..." : "", option.required ? "" : "]");
  return line;
}

}  // namespace

std::string man_page(const CommandEntry& program, const std::string& version) {
  std::string page = fmt::format(".TH GATESCOPE 1 \"\" \"{}\" \"User Commands\"\n", roff(version));
  page += ".SH NAME\ngatescope \\- watch and force the gates of recurrent networks while they learn\n";
  page += ".SH SYNOPSIS\n" + usage_of(program, "");
  for (const CommandEntry& command : program.commands) page += ".br\n" + usage_of(command, "gatescope ");
  page +=
      ".SH DESCRIPTION\nWithout a subcommand the window opens, with what is named or with the last session.\n"
      "A CPU core trains small recurrent networks and keeps every gate, state and gradient of every step; "
      "any "
      "gate can be forced open or closed.\n";
  page += ".SH OPTIONS\n" + options_of(program) + ".SH COMMANDS\n";
  for (const CommandEntry& command : program.commands) {
    page +=
        fmt::format(".SS gatescope {}\n{}.\n{}", roff(command.name), roff(command.what), options_of(command));
    if (!command.footer.empty()) page += fmt::format(".PP\n{}\n", roff(command.footer));
  }
  page +=
      ".SH EXIT STATUS\n0 where all went right, 1 where something failed, 2 for a wrong use of the command "
      "line.\n"
      ".SH FILES\n.TP\n\\fI$XDG_STATE_HOME/gatescope\\fR, \\fI~/.local/state/gatescope\\fR\nThe window\\(aqs "
      "sessions.\n";
  return page;
}

}  // namespace gatescope::app
