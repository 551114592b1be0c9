#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

namespace gatescope {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces.
class Sha256 {
 public:
  void add(std::string_view bytes);
  /// Of what was added so far, as 64 hexadecimal digits.
  std::string digest() const;

 private:
  std::array<std::uint32_t, 8> hash_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::string rest_;
  std::uint64_t count_ = 0;
};

/// SHA-256 of the bytes, as 64 hexadecimal digits: tells whether a file is still the one it was.
std::string sha256(std::string_view bytes);
/// The same of a file of any size, or of its first `bytes`. Throws Error that names the path.
std::string sha256_of_file(const std::filesystem::path& path,
                           std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max());

}  // namespace gatescope
