#include "app/cli/language_option.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/language/phrases.h"
#include "app/platform/paths.h"

namespace gatescope::app {

void add_language_to(CLI::App& command, std::string& language) {
  command.add_option("--language", language, "What the window speaks, such as en or de")
      ->check([](const std::string& code) {
        const std::vector<std::string> all = language::languages_in(languages_folder());
        if (code == "en" || std::ranges::find(all, code) != all.end()) return std::string();
        return fmt::format("there is no language '{}', expected one of en, {}", code, fmt::join(all, ", "));
      });
}

}  // namespace gatescope::app
