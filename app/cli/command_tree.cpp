#include "app/cli/command_tree.h"

#include <algorithm>
#include <sstream>

#include "core/views/view.h"

namespace gatescope::app {
namespace {

/// The words of CLI11's "TEXT:{light,dark}"; none of another type.
std::vector<std::string> words_of(const std::string& type) {
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> words;
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

OptionEntry entry_of(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  if (entry.names.empty()) entry.label = option.get_name(true);
  if (option.get_items_expected_max() > 0) {
    const std::string type = option.get_type_name();
    entry.value = type.substr(0, type.find(':'));
    entry.choices = words_of(type);
    if (entry.label == "view" || entry.names == std::vector<std::string>{"--view"})
      for (const views::View& view : views::all_views()) entry.choices.emplace_back(view.id);
  }
  entry.what = option.get_description();
  entry.usual = option.get_default_str();
  entry.several = option.get_items_expected_max() > 1;
  entry.required = option.get_required();
  return entry;
}

void add_options(CommandEntry& entry, CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    if (!option->get_group().empty()) entry.options.push_back(entry_of(*option));
  // Groups of options are commands without a name.
  for (CLI::App* group : command.get_subcommands([](CLI::App*) { return true; }))
    if (group->get_name().empty()) add_options(entry, *group);
}

}  // namespace

CommandEntry command_tree(CLI::App& program) {
  CommandEntry entry{.name = program.get_name(),
                     .what = program.get_description(),
                     .footer = program.get_footer(),
                     .options = {},
                     .commands = {}};
  add_options(entry, program);
  for (CLI::App* command : program.get_subcommands([](CLI::App*) { return true; }))
    if (!command->get_name().empty() && !command->get_group().empty())
      entry.commands.push_back(command_tree(*command));
  return entry;
}

}  // namespace gatescope::app
