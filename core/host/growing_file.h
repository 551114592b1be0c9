#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>

namespace gatescope::host {

/// A regular file that grows at its end. What stands in it can be read as long as this object lives, also
/// where somebody removes its name.
class GrowingFile {
 public:
  /// A file that is there; a symbolic link is not followed. Throws Error that names it.
  explicit GrowingFile(const std::filesystem::path& path);
  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&& other) noexcept;
  ~GrowingFile();

  /// Cuts it to so many bytes.
  std::error_code cut(std::uint64_t bytes);
  /// Appends what it can; `written` says how much that was.
  std::error_code append(std::string_view bytes, std::size_t& written);
  /// On the disk when this returns, where the file system can do that.
  std::error_code sync();
  /// False where another file has this path, or none; true where that cannot be told.
  bool is_at(const std::filesystem::path& path) const;
  /// All that stands in it, in pieces.
  void read(const std::function<void(std::string_view piece)>& take) const;

 private:
  [[maybe_unused]] int number_ = -1;  // of its descriptor, where the host has such
  std::filesystem::path path_;        // where it has none
};

/// What a file or a folder holds is on the disk when this returns, where the file system can do that.
void sync_to_disk(const std::filesystem::path& path);

/// When it was written last; the clock's beginning where there is no such file.
std::chrono::system_clock::time_point time_written(const std::filesystem::path& path);
/// As if it were written now, if that can be.
void touch(const std::filesystem::path& path);

}  // namespace gatescope::host
