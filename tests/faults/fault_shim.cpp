// A library for LD_PRELOAD that counts a program's file calls and lets one of them go wrong.
//
//   FAULT_UNDER=FOLDER    count only calls about this folder, and files opened in it
//   FAULT_AT=N            the call that goes wrong, from 1; 0: none, they are only counted
//   FAULT_WITH=kill       SIGKILL then; a write has written half of its bytes before
//   FAULT_WITH=short      a write writes half of its bytes, and nothing is wrong with it
//   FAULT_WITH=slow       it and all later ones take a tenth of a second
//   FAULT_WITH=ERRNO      the call fails with this number
//   FAULT_FOREVER=1       so do all later ones that write, create or rename: a disk that stays full
//   FAULT_LOG=FILE        each call, one a line
//
// Calls go to the kernel as they are, by syscall(2); what libc calls within itself is not seen.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kDescriptors = 1024;

struct Plan {
  const char* under = std::getenv("FAULT_UNDER");
  const char* log = std::getenv("FAULT_LOG");
  long at = number("FAULT_AT");
  bool forever = number("FAULT_FOREVER") != 0;
  bool kill = is("kill"), short_write = is("short"), slow = is("slow");
  int error = static_cast<int>(number("FAULT_WITH"));
  int log_file = -1;

  Plan() {
    if (log)
      log_file = static_cast<int>(
          syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  }
  static long number(const char* name) {
    const char* text = std::getenv(name);
    return text ? std::atol(text) : 0;
  }
  static bool is(const char* word) {
    const char* text = std::getenv("FAULT_WITH");
    return text && std::strcmp(text, word) == 0;
  }
};

const Plan& plan() {
  static const Plan only;
  return only;
}

std::atomic<bool> watched[kDescriptors];
std::atomic<long> calls = 0;

bool concerns(const char* path) {
  const char* under = plan().under;
  if (!under) return true;
  if (!path) return false;
  const std::size_t length = std::strlen(under);
  return std::strncmp(path, under, length) == 0 && (path[length] == '/' || path[length] == 0);
}

bool concerns(int descriptor) {
  return descriptor >= 0 && descriptor < kDescriptors && watched[descriptor];
}

enum class Fate { usual, half, fail, die };

/// What becomes of this call. `takes_room`: a full disk refuses it.
Fate fate(const char* name, const char* about, bool takes_room) {
  const Plan& p = plan();
  const long number = ++calls;
  if (p.log_file >= 0) {
    char line[PATH_MAX + 64];
    const int size = std::snprintf(line, sizeof line, "%ld %s %s\n", number, name, about);
    if (size > 0) syscall(SYS_write, p.log_file, line, static_cast<std::size_t>(size));
  }
  if (p.at == 0 || number < p.at) return Fate::usual;
  if (p.slow) {
    usleep(100'000);
    return Fate::usual;
  }
  if (number > p.at && !(p.forever && takes_room)) return Fate::usual;
  if (p.kill) return Fate::die;
  if (p.short_write) return Fate::half;
  errno = p.error;
  return Fate::fail;
}

[[noreturn]] void die() {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

/// A call about a path or an open file: the real one, unless it goes wrong.
template <class About, class Call>
long ask(const char* name, About about, const char* shown, bool takes_room, Call call) {
  if (!concerns(about)) return call();
  switch (fate(name, shown, takes_room)) {
    case Fate::fail:
      return -1;
    case Fate::die:
      die();
    default:
      return call();
  }
}

long open_it(int folder, const char* path, int flags, mode_t mode) {
  const long opened = ask("open", path, path, (flags & O_CREAT) != 0,
                          [&] { return syscall(SYS_openat, folder, path, flags, mode); });
  if (opened >= 0 && opened < kDescriptors) watched[opened] = concerns(path);
  return opened;
}

mode_t mode_of(int flags, va_list& list) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(list, int)) : 0;
}

template <class Call>
ssize_t write_it(const char* name, int file, std::size_t size, Call call) {
  if (!concerns(file)) return call(size);
  switch (fate(name, "", true)) {
    case Fate::fail:
      return -1;
    case Fate::die:
      if (size > 1) call(size / 2);
      die();
    case Fate::half:
      return call(size > 1 ? size / 2 : size);
    default:
      return call(size);
  }
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return static_cast<int>(open_it(AT_FDCWD, path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return static_cast<int>(open_it(AT_FDCWD, path, flags, mode));
}
int openat(int folder, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return static_cast<int>(open_it(folder, path, flags, mode));
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return static_cast<int>(open_it(folder, path, flags, mode));
}
int creat(const char* path, mode_t mode) {
  return static_cast<int>(open_it(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode));
}

ssize_t write(int file, const void* bytes, size_t size) {
  return write_it("write", file, size, [&](size_t n) { return syscall(SYS_write, file, bytes, n); });
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return write_it("pwrite", file, size, [&](size_t n) { return syscall(SYS_pwrite64, file, bytes, n, at); });
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  return write_it("pwrite", file, size, [&](size_t n) { return syscall(SYS_pwrite64, file, bytes, n, at); });
}
ssize_t writev(int file, const struct iovec* parts, int count) {
  return write_it("writev", file, 1, [&](size_t) { return syscall(SYS_writev, file, parts, count); });
}

int close(int file) {
  const bool concern = concerns(file);
  const Fate then = concern ? fate("close", "", false) : Fate::usual;
  if (then == Fate::die) die();
  const int error = errno;
  if (file >= 0 && file < kDescriptors) watched[file] = false;
  const long result = syscall(SYS_close, file);  // closed in any case, as by Linux
  if (then != Fate::fail) return static_cast<int>(result);
  errno = error;
  return -1;
}
int fsync(int file) {
  return static_cast<int>(ask("fsync", file, "", false, [&] { return syscall(SYS_fsync, file); }));
}
int fdatasync(int file) {
  return static_cast<int>(ask("fdatasync", file, "", false, [&] { return syscall(SYS_fdatasync, file); }));
}
int ftruncate(int file, off_t size) {
  return static_cast<int>(
      ask("ftruncate", file, "", false, [&] { return syscall(SYS_ftruncate, file, size); }));
}
int ftruncate64(int file, off64_t size) {
  return static_cast<int>(
      ask("ftruncate", file, "", false, [&] { return syscall(SYS_ftruncate, file, size); }));
}
int truncate(const char* path, off_t size) {
  return static_cast<int>(
      ask("truncate", path, path, false, [&] { return syscall(SYS_truncate, path, size); }));
}
int fchmod(int file, mode_t mode) {
  return static_cast<int>(ask("fchmod", file, "", false, [&] { return syscall(SYS_fchmod, file, mode); }));
}
int fchown(int file, uid_t user, gid_t group) {
  return static_cast<int>(
      ask("fchown", file, "", false, [&] { return syscall(SYS_fchown, file, user, group); }));
}
int flock(int file, int operation) {
  return static_cast<int>(ask("flock", file, "", false, [&] { return syscall(SYS_flock, file, operation); }));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return static_cast<int>(ask("rename", to, to, true, [&] {
    return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  }));
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return renameat2(from_folder, from, to_folder, to, 0);
}
int rename(const char* from, const char* to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return static_cast<int>(ask("link", to, to, true,
                              [&] { return syscall(SYS_linkat, from_folder, from, to_folder, to, flags); }));
}
int link(const char* from, const char* to) {
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int symlink(const char* target, const char* path) {
  return static_cast<int>(
      ask("symlink", path, path, true, [&] { return syscall(SYS_symlinkat, target, AT_FDCWD, path); }));
}
int mkdir(const char* path, mode_t mode) {
  return static_cast<int>(
      ask("mkdir", path, path, true, [&] { return syscall(SYS_mkdirat, AT_FDCWD, path, mode); }));
}
int unlinkat(int folder, const char* path, int flags) {
  return static_cast<int>(
      ask("unlink", path, path, false, [&] { return syscall(SYS_unlinkat, folder, path, flags); }));
}
int unlink(const char* path) {
  return unlinkat(AT_FDCWD, path, 0);
}
int rmdir(const char* path) {
  return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
int remove(const char* path) {
  return static_cast<int>(ask("unlink", path, path, false, [&] {
    const long result = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    return result != 0 && errno == EISDIR ? syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR) : result;
  }));
}

}  // extern "C"
