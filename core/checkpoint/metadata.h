#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace gatescope::checkpoint {

/// A safetensors file's metadata alone: no more than its header is read, however large it is. Throws Error
/// that names the path and what is wrong with it.
std::map<std::string, std::string> read_metadata(const std::filesystem::path& path);

}  // namespace gatescope::checkpoint
