#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

namespace gatescope {

/// SHA-256 (FIPS 180-4) of the bytes, as 64 hexadecimal digits: tells whether a file is still the one it was.
std::string sha256(std::string_view bytes);
/// The same of a file of any size, or of its first `bytes`. Throws Error that names the path.
std::string sha256_of_file(const std::filesystem::path& path,
                           std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max());

}  // namespace gatescope
