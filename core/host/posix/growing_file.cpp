#include "core/host/growing_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "core/error.h"

namespace gatescope::host {
namespace fs = std::filesystem;

namespace {

std::error_code code_of(int error) {
  return {error, std::generic_category()};
}

}  // namespace

GrowingFile::GrowingFile(const fs::path& path) {
  do {
    number_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  } while (number_ < 0 && errno == EINTR);
  if (number_ < 0) fail("'{}' cannot be written: {}", path.string(), std::strerror(errno));
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

GrowingFile::~GrowingFile() {
  if (number_ >= 0) ::close(number_);
}

std::error_code GrowingFile::cut(std::uint64_t bytes) {
  return ::ftruncate(number_, static_cast<off_t>(bytes)) == 0 ? std::error_code() : code_of(errno);
}

std::error_code GrowingFile::append(std::string_view bytes, std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(number_, bytes.data() + written, bytes.size() - written);
    if (count > 0)
      written += static_cast<std::size_t>(count);
    else if (count == 0 || errno != EINTR)
      return code_of(count == 0 ? EIO : errno);
  }
  return {};
}

std::error_code GrowingFile::sync() {
  if (::fdatasync(number_) == 0 || errno == EINVAL || errno == ENOSYS || errno == EROFS) return {};
  return code_of(errno);
}

bool GrowingFile::is_at(const fs::path& path) const {
  struct stat ours {
  }, there{};
  if (::fstat(number_, &ours) != 0) return true;
  return ::lstat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

void GrowingFile::read(const std::function<void(std::string_view)>& take) const {
  std::string piece(1 << 18, '\0');
  for (off_t at = 0;;) {
    const ssize_t count = ::pread(number_, piece.data(), piece.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    take(std::string_view(piece).substr(0, static_cast<std::size_t>(count)));
    at += count;
  }
}

void sync_to_disk(const fs::path& path) {
  const int number = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (number < 0) return;
  ::fsync(number);  // not everywhere possible for folders
  ::close(number);
}

std::chrono::system_clock::time_point time_written(const fs::path& path) {
  using std::chrono::system_clock;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return system_clock::from_time_t(status.st_mtim.tv_sec) +
         std::chrono::duration_cast<system_clock::duration>(std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

void touch(const fs::path& path) {
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

}  // namespace gatescope::host
