#include "core/memory.h"

#include <limits>

#include "core/file_memory.h"

namespace gatescope {

double available_memory() {
  return std::numeric_limits<double>::infinity();
}

// No file is mapped: what does not fit into memory is asked for in vain.

FileMemory::~FileMemory() = default;

void* FileMemory::allocate(std::size_t) {
  return nullptr;
}

bool FileMemory::has_room(double) {
  return false;
}

void FileMemory::release() const {}

}  // namespace gatescope
