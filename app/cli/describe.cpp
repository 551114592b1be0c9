#include <memory>
#include <string>

#include "app/cli/cli.h"
#include "app/cli/command_tree.h"
#include "app/cli/program_name.h"
#include "app/platform/output.h"

namespace gatescope::app {

void add_describe(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("describe", "Print the manual page, or the completions for a shell");
  auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "man, or the shell")
      ->required()
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}));
  command->callback([what, &program, &action] {
    action = [what, &program] {
      const CommandEntry tree = command_tree(program);
      print_raw(*what == "man" ? man_page(tree, program_name()) : completions(tree, *what));
      return 0;
    };
  });
}

}  // namespace gatescope::app
