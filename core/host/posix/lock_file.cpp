#include "core/host/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace gatescope::host {
namespace {

using std::chrono::system_clock;

std::error_code last_error() {
  return {errno, std::generic_category()};
}

int open_lock(const char* path, LockFile::Open open) {
  constexpr int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  for (;;) {
    int number = -1;
    switch (open) {
      case LockFile::Open::existing:
        number = ::open(path, O_RDWR | flags);
        break;
      case LockFile::Open::fresh:
        number = ::open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
        break;
      case LockFile::Open::shared:
        number = ::open(path, O_RDWR | O_CREAT | flags, 0666);
        if (number < 0 && errno == EACCES) number = ::open(path, O_RDONLY | flags);
        break;
    }
    if (number >= 0 || errno != EINTR) return number;
  }
}

LockFile::State state_of(int error) {
  if (error == EWOULDBLOCK) return LockFile::State::held;
  const bool no_locks = error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
  return no_locks ? LockFile::State::impossible : LockFile::State::unasked;
}

}  // namespace

LockFile::LockFile(const std::filesystem::path& path, Open open) : number_(open_lock(path.c_str(), open)) {
  if (number_ < 0) {
    error_ = last_error();
    state_ = errno == ENOENT ? State::missing : State::refused;
    return;
  }
  state_ = State::ours;
  while (::flock(number_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    error_ = last_error();
    state_ = state_of(errno);
    return;
  }
}

LockFile::LockFile(LockFile&& other) noexcept
    : number_(std::exchange(other.number_, -1)),
      state_(std::exchange(other.state_, State::refused)),
      error_(other.error_) {}

LockFile::~LockFile() {
  if (number_ >= 0) ::close(number_);
}

std::string LockFile::text() const {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::pread(number_, bytes.data(), bytes.size(), 0);
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

bool LockFile::write(std::string_view text) {
  if (::ftruncate(number_, 0) == 0) {
    if (text.empty()) return true;
    const ssize_t written = ::pwrite(number_, text.data(), text.size(), 0);
    if (written == static_cast<ssize_t>(text.size())) return true;
    if (written >= 0) errno = ENOSPC;
  }
  error_ = last_error();
  return false;
}

system_clock::duration LockFile::age() const {
  struct stat status {};
  ::fstat(number_, &status);
  return system_clock::now() - system_clock::from_time_t(status.st_mtime);
}

void LockFile::touch() const {
  ::futimens(number_, nullptr);
}

bool LockFile::has_name() const {
  struct stat status {};
  return ::fstat(number_, &status) == 0 && status.st_nlink > 0;
}

bool LockFile::is_at(const std::filesystem::path& path) const {
  struct stat ours {
  }, there{};
  return ::fstat(number_, &ours) == 0 && ::lstat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
         ours.st_dev == there.st_dev;
}

}  // namespace gatescope::host
