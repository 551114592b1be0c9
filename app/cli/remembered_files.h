#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/request/request.h"

/// Where the files of figures lay, kept on this machine alone: a figure itself names them by their digests.
namespace gatescope::app {

/// Notes the request's models, vocabularies and tables beside the kept sessions. Trouble is none: it only
/// spares people --look-in.
void remember_files(const figure::FigureRequest& request);

/// Where the file with these bytes was when a figure was made of it, by its SHA-256.
std::optional<std::filesystem::path> remembered_file(const std::string& sha256);

}  // namespace gatescope::app
