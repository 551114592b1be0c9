#include <filesystem>
#include <system_error>

#include "app/cli/cli.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/experiment/experiment.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::app {
namespace {

int list_presets() {
  std::error_code missing;
  if (!std::filesystem::is_directory(presets_folder(), missing)) {
    fail("the folder of the presets that come with the program is missing; looked for '{}'",
         presets_folder().string());
  }
  int code = 0;
  for (const auto& file : files_in(presets_folder(), ".json")) {
    try {
      const experiment::Experiment preset = experiment::load_experiment(file);
      print("{:<18} {}\n{:<18} {}\n", printable(file.stem().native()), printable(preset.title), "",
            printable(preset.look_for));
    } catch (const Error& error) {
      note("gatescope: {}\n", printable(error.what()));
      code = 1;
    }
  }
  return code;
}

}  // namespace

void add_presets(CLI::App& program, Action& action) {
  program.add_subcommand("presets", "List the experiments that come with the program")->callback([&action] {
    action = list_presets;
  });
}

}  // namespace gatescope::app
