#include "core/host/growing_file.h"

#include <fstream>
#include <string>
#include <utility>

#include "core/error.h"

namespace gatescope::host {
namespace fs = std::filesystem;

GrowingFile::GrowingFile(const fs::path& path) : path_(path) {
  if (!fs::is_regular_file(fs::symlink_status(path)) || !std::ofstream(path, std::ios::app).is_open())
    fail("'{}' cannot be written", path.string());
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept = default;
GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept = default;
GrowingFile::~GrowingFile() = default;

std::error_code GrowingFile::cut(std::uint64_t bytes) {
  std::error_code code;
  fs::resize_file(path_, bytes, code);
  return code;
}

std::error_code GrowingFile::append(std::string_view bytes, std::size_t& written) {
  written = 0;
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return std::make_error_code(std::errc::io_error);
  written = bytes.size();
  return {};
}

std::error_code GrowingFile::sync() {
  return {};
}

bool GrowingFile::is_at(const fs::path& path) const {
  std::error_code code;
  return fs::equivalent(path_, path, code);
}

void GrowingFile::read(const std::function<void(std::string_view)>& take) const {
  std::ifstream file(path_, std::ios::binary);
  std::string piece(1 << 18, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0)
    take(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
}

void sync_to_disk(const fs::path&) {}

std::chrono::system_clock::time_point time_written(const fs::path& path) {
  using std::chrono::system_clock;
  std::error_code code;
  const auto written = fs::last_write_time(path, code);
  if (code) return {};
  return system_clock::now() +
         std::chrono::duration_cast<system_clock::duration>(written - fs::file_time_type::clock::now());
}

void touch(const fs::path& path) {
  std::error_code code;
  fs::last_write_time(path, fs::file_time_type::clock::now(), code);
}

}  // namespace gatescope::host
