#include "core/files.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/host/process.h"

namespace gatescope {
namespace fs = std::filesystem;
namespace {

struct OpenFile {
  std::ifstream stream;
  std::size_t size;
};

OpenFile open_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status)) fail("'{}': no such file", path.string());
  if (fs::is_directory(status)) fail("'{}' is a folder, expected a file", path.string());
  if (!fs::is_regular_file(status)) fail("'{}' is not a regular file", path.string());
  const std::uintmax_t size = fs::file_size(path, code);
  if (code) fail("'{}': {}", path.string(), code.message());
  if (size > limit) fail("'{}' has {} bytes, at most {} can be read", path.string(), size, limit);
  OpenFile file{std::ifstream(path, std::ios::binary), static_cast<std::size_t>(size)};
  if (!file.stream.is_open()) fail("'{}' cannot be opened", path.string());
  return file;
}

void read_exactly(std::ifstream& file, std::string& to, const fs::path& path) {
  file.read(to.data(), static_cast<std::streamsize>(to.size()));
  if (!file) fail("'{}' could not be read to its end", path.string());
}

std::string read_to_end(std::istream& in, const fs::path& shown, std::uintmax_t limit) {
  std::string bytes, piece(1 << 16, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    if (bytes.size() + static_cast<std::size_t>(in.gcount()) > limit)
      fail("'{}' has more than {} bytes, which is the most that can be read", shown.string(), limit);
    bytes.append(piece, 0, static_cast<std::size_t>(in.gcount()));
  }
  return bytes;
}

void make_folder_of(const fs::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  if (code) fail("the folder '{}' cannot be made: {}", path.parent_path().string(), code.message());
}

/// Where a path leads.
fs::path target_of(fs::path path, bool follow_links) {
  for (int links = 0; links < 40; ++links) {
    std::error_code code;
    if (!follow_links || !fs::is_symlink(fs::symlink_status(path, code))) return path;
    const fs::path next = fs::read_symlink(path, code);
    if (code) return path;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  fail("'{}': its symbolic links lead in a circle", path.string());
}

[[noreturn]] void refuse(const fs::path& path, const std::string& reason) {
  fail("'{}' cannot be written: {}", path.string(), reason);
}

void write_through(const fs::path& shown, const fs::path& path,
                   const std::function<void(std::ostream&)>& write) {
  std::ofstream out(path, std::ios::binary);
  if (!out.is_open()) refuse(shown, "it cannot be opened");
  write(out);
  out.close();
  if (!out) refuse(shown, "its medium is full or broken");
}

}  // namespace

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  OpenFile file = open_file(path, limit);
  std::string bytes(file.size, '\0');
  read_exactly(file.stream, bytes, path);
  return bytes;
}

void read_file(const fs::path& path, const std::function<void(std::string_view piece)>& take,
               std::uintmax_t limit) {
  OpenFile file = open_file(path, limit);
  std::string piece(std::min(file.size, std::size_t{1} << 18), '\0');
  for (std::size_t left = file.size; left > 0; left -= piece.size()) {
    piece.resize(std::min(left, piece.size()));
    read_exactly(file.stream, piece, path);
    take(piece);
  }
}

std::string read_input(const fs::path& path, std::uintmax_t limit) {
  if (path == "-") return read_to_end(std::cin, "the standard input", limit);
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status) || fs::is_directory(status) || fs::is_regular_file(status))
    return read_file(path, limit);
  std::ifstream stream(path, std::ios::binary);
  if (!stream.is_open()) fail("'{}' cannot be opened", path.string());
  return read_to_end(stream, path, limit);
}

struct NewFile::State {
  fs::path shown, target, fresh;
};

NewFile::NewFile(const fs::path& path, WriteOptions options) {
  make_folder_of(path);
  const fs::path target = target_of(path, options.follow_links);
  std::error_code code;
  if (fs::is_directory(target, code)) fail("'{}' is a folder, expected a file name", path.string());
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  state_.reset(new State{path, target,
                         folder / fmt::format("{}{:016x}{}", kUnfinishedFile, host::random_name(path),
                                              path.extension().string())});
}

NewFile::~NewFile() {
  std::error_code code;
  if (!state_->fresh.empty()) fs::remove(state_->fresh, code);
}

const fs::path& NewFile::path() const {
  return state_->fresh;
}

void NewFile::keep() {
  std::error_code code;
  const auto before = fs::symlink_status(state_->target, code);
  if (fs::is_regular_file(before)) fs::permissions(state_->fresh, before.permissions(), code);
  fs::rename(state_->fresh, state_->target, code);
  if (code) refuse(state_->shown, code.message());
  state_->fresh.clear();
}

void write_file(const fs::path& path, const std::function<void(std::ostream&)>& write, WriteOptions options) {
  make_folder_of(path);
  if (const fs::path target = target_of(path, options.follow_links); is_stream(target))
    return write_through(path, target, write);
  NewFile file(path, options);
  write_through(path, file.path(), write);
  file.keep();
}

bool is_stream(const fs::path& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

bool is_standard_output(const fs::path&) {
  return false;
}

}  // namespace gatescope
