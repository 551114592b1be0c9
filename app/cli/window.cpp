#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/model_options.h"
#include "app/cli/program_name.h"
#include "app/desk/link.h"
#include "app/desk/workbench.h"
#include "app/platform/window_loop.h"

namespace gatescope::app {

ui::OpenOptions open_options(const std::vector<std::filesystem::path>& paths, const ModelOptions& model) {
  for (const auto& [name, value] :
       {std::pair{"--vocab", model.vocabulary}, std::pair{"--cell", model.cell},
        std::pair{"--head", model.head}, std::pair{"--embedding", model.embedding}}) {
    if (value.empty()) continue;
    if (paths.empty()) usage("{} is about a model: name its file", name);
    for (const auto& path : paths) {
      if (path.extension() != ".safetensors")
        usage("{} is about a model, and '{}' is no .safetensors file", name, path.string());
    }
  }
  return {.import = model.import_options(), .replace_invalid = model.on_invalid() == InvalidUtf8::replace};
}

int open_window(const std::vector<std::string>& names, const std::string& items, const ModelOptions& model,
                const std::string& language) {
  std::vector<std::filesystem::path> paths;
  std::error_code code;
  for (const std::string& name : names) {
    if (ui::is_link(name) || std::filesystem::exists(name, code)) {
      paths.emplace_back(name);
      continue;
    }
    try {
      paths.push_back(find_preset(name));
    } catch (const Error&) {
      usage(
          "'{}' is no subcommand, no preset, and no file that could be opened; gatescope --help says what "
          "would "
          "be right",
          name);
    }
  }
  return platform::show_window(paths, program_name(), items, open_options(paths, model), language);
}

}  // namespace gatescope::app
