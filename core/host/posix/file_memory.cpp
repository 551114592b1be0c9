#include "core/file_memory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace gatescope {
namespace {

std::vector<std::string> folders() {
  std::vector<std::string> folders{"/var/tmp", "/tmp"};
  if (const char* chosen = std::getenv("TMPDIR"); chosen && *chosen != '\0')
    folders.insert(folders.begin(), chosen);
  return folders;
}

/// Whether files there take memory themselves.
bool is_in_memory(const struct statfs& system) {
  return system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC;
}

/// A file without a name in the folder, as long as `bytes`; -1 where there cannot be one.
int open_file_in(const std::string& folder, std::size_t bytes) {
  struct statfs system {};
  if (::statfs(folder.c_str(), &system) != 0 || is_in_memory(system)) return -1;
  int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {  // some file systems know no files without a name
    std::string name = folder + "/gatescope-XXXXXX";
    file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file >= 0) ::unlink(name.c_str());
  }
  // All of it is asked for now: a disk that is full later would end the program.
  if (file >= 0 && ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) != 0) {
    ::close(file);
    return -1;
  }
  return file;
}

}  // namespace

FileMemory::~FileMemory() {
  for (const Part& part : parts_) ::munmap(part.address, part.bytes);
}

void* FileMemory::allocate(std::size_t bytes) {
  for (const std::string& folder : folders()) {
    const int file = open_file_in(folder, bytes);
    if (file < 0) continue;
    void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (address == MAP_FAILED) continue;
    parts_.push_back({address, bytes});
    return address;
  }
  return nullptr;
}

bool FileMemory::has_room(double bytes) {
  rlimit addresses{};  // ulimit -v counts such files as well
  if (::getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY &&
      bytes > static_cast<double>(addresses.rlim_cur) / 2)
    return false;
  for (const std::string& folder : folders()) {
    struct statfs system {};
    if (::statfs(folder.c_str(), &system) != 0 || is_in_memory(system)) continue;
    if (static_cast<double>(system.f_bavail) * static_cast<double>(system.f_bsize) > bytes) return true;
  }
  return false;
}

void FileMemory::release() const {
  for (const Part& part : parts_) ::madvise(part.address, part.bytes, MADV_DONTNEED);
}

}  // namespace gatescope
