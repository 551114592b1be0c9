#include "core/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "core/error.h"

namespace gatescope {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status)) fail("'{}': no such file", path.string());
  if (fs::is_directory(status)) fail("'{}' is a folder, expected a file", path.string());
  if (!fs::is_regular_file(status)) fail("'{}' is not a regular file", path.string());
  const auto size = fs::file_size(path, code);
  if (code) fail("'{}': {}", path.string(), code.message());
  if (size > limit) fail("'{}' has {} bytes, at most {} can be read", path.string(), size, limit);
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("'{}' cannot be opened: {}", path.string(), std::strerror(errno));
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(in.gcount()) != size)
    fail("'{}' could not be read to its end", path.string());
  return bytes;
}

void write_file(const fs::path& path, std::string_view bytes) {
  write_file(path,
             [&](std::ostream& out) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); });
}

void write_file(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  std::error_code code;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
  if (code) fail("the folder '{}' cannot be made: {}", path.parent_path().string(), code.message());
  if (fs::is_directory(path, code)) fail("'{}' is a folder, expected a file name", path.string());

  fs::path beside = path;
  beside += ".part";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    if (!out) fail("'{}' cannot be written: {}", beside.string(), std::strerror(errno));
    try {
      write(out);
    } catch (...) {
      out.close();
      fs::remove(beside, code);
      throw;
    }
    out.flush();
    if (!out) {
      const std::string reason = std::strerror(errno);
      out.close();
      fs::remove(beside, code);
      fail("'{}' cannot be written: {}", path.string(), reason);
    }
  }
  fs::rename(beside, path, code);
  if (code) {
    const std::string reason = code.message();
    fs::remove(beside, code);
    fail("'{}' cannot be written: {}", path.string(), reason);
  }
}

}  // namespace gatescope
