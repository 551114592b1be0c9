#pragma once

#include <filesystem>

namespace gatescope::app {

/// The folders that come with the program: beside the executable in a build tree, in ../share/gatescope where
/// it is installed. The working directory plays no part.
std::filesystem::path corpora_folder();
std::filesystem::path presets_folder();

}  // namespace gatescope::app
