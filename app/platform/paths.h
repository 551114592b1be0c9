#pragma once

#include <filesystem>
#include <string>

namespace gatescope::app {

/// The program's own file, links followed; empty where the system does not tell.
std::filesystem::path program_file();

/// The folders that come with the program: in ../share/gatescope (as CMake's install folders have it) where
/// it is installed, beside its file in a build tree. The working directory plays no part.
std::filesystem::path corpora_folder();
std::filesystem::path presets_folder();
std::filesystem::path languages_folder();

/// The code of the language that the environment asks for (LC_ALL, LC_MESSAGES, LANG: the first that says
/// something); empty where none does.
std::string usual_language();

/// Where sessions are kept: $XDG_STATE_HOME/gatescope, or ~/.local/state/gatescope; empty where there is no
/// home.
std::filesystem::path state_folder();
/// Where the window's figures go unless another place is chosen: `figures` in the working directory.
std::filesystem::path exports_folder();

}  // namespace gatescope::app
