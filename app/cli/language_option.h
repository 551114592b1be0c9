#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace gatescope::app {

/// --language, one of those that come with the program.
void add_language_to(CLI::App& command, std::string& language);

}  // namespace gatescope::app
