#pragma once

#include <cstddef>
#include <vector>

namespace gatescope {

/// Memory that lies in a file without a name: it takes room on a disk, and of the machine's memory only what
/// was touched since the last release(). The file is gone with this object, however the program ends.
class FileMemory {
 public:
  FileMemory() = default;
  FileMemory(const FileMemory&) = delete;
  FileMemory& operator=(const FileMemory&) = delete;
  ~FileMemory();

  /// So many bytes of zeros, at the beginning of a page, in the environment's TMPDIR, else in /var/tmp or
  /// /tmp; null where none of them is on a disk that has the room.
  void* allocate(std::size_t bytes);
  /// Whether one of them seems to have the room, and this process may use so many addresses.
  static bool has_room(double bytes);
  /// Gives the memory back until it is touched again. What stands there stays.
  void release() const;

 private:
  struct Part {
    void* address;
    std::size_t bytes;
  };
  std::vector<Part> parts_;
};

}  // namespace gatescope
