#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/request/request.h"

/// The files a figure is made from: how a request refers to them, and how they are found again.
namespace gatescope::figure {

/// Throws Error that names the path where it cannot be read.
FileReference refer_to(const std::filesystem::path& path);
/// The same for a run's table of metrics as it is now: training may go on and append to it.
FileReference refer_to_table(const std::filesystem::path& path);

/// Where to look for the files of a figure that is opened again.
struct Places {
  std::filesystem::path of_figure = {};             // empty for a new figure: files are where it says
  std::vector<std::filesystem::path> files = {};    // where a person says they are now
  std::vector<std::filesystem::path> folders = {};  // to look in first, with their subfolders
  /// Where a file with this SHA-256 was once, if anybody knows.
  std::function<std::optional<std::filesystem::path>(const std::string& sha256)> remembered = {};
};

struct FoundFile {
  std::filesystem::path path;
  std::string bytes;  // but of tables, which may be larger than the memory
};

enum class FileRole { model, vocabulary, metrics };

/// The file of a new figure, or of one that is opened again as load_material() looks for it. Throws Error
/// that says what is wrong with it, without saying of which figure.
FoundFile find_file(const FileReference& file, FileRole role, const Places& places);

}  // namespace gatescope::figure
