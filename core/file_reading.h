#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/files.h"

namespace gatescope {

/// read_file a piece at a time, for a host that has other things to do meanwhile.
class FileReading {
 public:
  static constexpr std::size_t kPiece = std::size_t{1} << 22;  // bytes, some milliseconds

  explicit FileReading(std::filesystem::path path, std::uintmax_t limit = kLargestFile)
      : path_(std::move(path)), limit_(limit) {}

  /// Reads so many bytes more. False: those were the last. Throws Error as read_file does.
  bool advance(std::size_t bytes = kPiece);
  /// In [0, 1].
  double progress() const;
  /// After the last piece.
  std::string take() { return std::move(bytes_); }

 private:
  bool begin();

  std::filesystem::path path_;
  std::uintmax_t limit_, size_ = 0;
  std::ifstream in_;
  std::string bytes_;
};

}  // namespace gatescope
