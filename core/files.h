#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace gatescope {

/// The bytes of a file. Throws Error that names the path where it cannot be read, is not a regular file, or
/// is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit = std::uintmax_t{1} << 32);

/// Writes a file whole or not at all: beside it first, then renamed over it. Creates missing parent folders.
/// Throws Error that names the path; what was there before stays untouched then.
void write_file(const std::filesystem::path& path, std::string_view bytes);
/// The same for what is too large to hold in memory: `write` sends it to the stream in pieces.
void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);

}  // namespace gatescope
