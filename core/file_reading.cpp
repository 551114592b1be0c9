#include "core/file_reading.h"

#include <algorithm>
#include <system_error>

namespace gatescope {

bool FileReading::begin() {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path_, code)) return false;
  size_ = std::filesystem::file_size(path_, code);
  if (code || size_ > limit_) return false;
  in_.open(path_, std::ios::binary);
  bytes_.reserve(static_cast<std::size_t>(size_));
  return in_.is_open();
}

bool FileReading::advance(std::size_t bytes) {
  const bool began = in_.is_open() || begin();
  if (began) {
    const std::size_t before = bytes_.size();
    const auto more = std::min(bytes, static_cast<std::size_t>(size_) - before);
    bytes_.resize(before + more);
    in_.read(bytes_.data() + before, static_cast<std::streamsize>(more));
    if (in_.gcount() == static_cast<std::streamsize>(more)) return bytes_.size() < size_;
  }
  // It cannot be read, or it changed meanwhile: as a whole, with what there is to say of that.
  in_.close();
  bytes_ = read_file(path_, limit_);
  size_ = bytes_.size();
  return false;
}

double FileReading::progress() const {
  return size_ > 0 ? static_cast<double>(bytes_.size()) / static_cast<double>(size_) : 0;
}

}  // namespace gatescope
