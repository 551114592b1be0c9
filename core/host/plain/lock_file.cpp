// Files without locks: a host with one program at a time.
#include "core/host/lock_file.h"

#include <fstream>
#include <utility>

namespace gatescope::host {
namespace fs = std::filesystem;

LockFile::LockFile(const fs::path& path, Open open) : path_(path) {
  const bool there = fs::exists(fs::symlink_status(path, error_));
  if (open == Open::existing ? !there : open == Open::fresh && there) {
    error_ = std::make_error_code(there ? std::errc::file_exists : std::errc::no_such_file_or_directory);
    state_ = there ? State::refused : State::missing;
    return;
  }
  error_.clear();
  if (std::ofstream(path, std::ios::app).is_open())
    state_ = State::impossible;
  else
    error_ = std::make_error_code(std::errc::io_error);
}

LockFile::LockFile(LockFile&& other) noexcept
    : path_(std::move(other.path_)),
      state_(std::exchange(other.state_, State::refused)),
      error_(other.error_) {}

LockFile::~LockFile() = default;

std::string LockFile::text() const {
  std::ifstream file(path_, std::ios::binary);
  std::string bytes(4096, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

bool LockFile::write(std::string_view text) {
  std::ofstream file(path_, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (file) return true;
  error_ = std::make_error_code(std::errc::io_error);
  return false;
}

std::chrono::system_clock::duration LockFile::age() const {
  std::error_code code;
  const auto written = fs::last_write_time(path_, code);
  return std::chrono::duration_cast<std::chrono::system_clock::duration>(fs::file_time_type::clock::now() -
                                                                         written);
}

void LockFile::touch() const {
  std::error_code code;
  fs::last_write_time(path_, fs::file_time_type::clock::now(), code);
}

bool LockFile::has_name() const {
  std::error_code code;
  return fs::exists(path_, code);
}

bool LockFile::is_at(const fs::path& path) const {
  std::error_code code;
  return fs::equivalent(path_, path, code);
}

}  // namespace gatescope::host
