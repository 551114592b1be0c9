#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <ostream>
#include <streambuf>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/host/posix/descriptor.h"
#include "core/host/process.h"

namespace gatescope {
namespace fs = std::filesystem;
namespace {

int open_again(const char* path, int flags, mode_t mode = 0) {
  for (;;) {
    const int number = ::open(path, flags | O_CLOEXEC, mode);
    if (number >= 0 || errno != EINTR) return number;
  }
}

/// A stream's bytes to a descriptor; remembers the first reason why they did not go there.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }
  int trouble() const { return trouble_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    const bool written = send({pbase(), static_cast<std::size_t>(pptr() - pbase())});
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return written ? 0 : -1;
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    if (count < epptr() - pptr()) {
      std::copy_n(bytes, count, pptr());
      pbump(static_cast<int>(count));
      return count;
    }
    if (sync() != 0 || !send({bytes, static_cast<std::size_t>(count)})) return 0;
    return count;
  }

 private:
  bool send(std::string_view bytes) {
    while (trouble_ == 0 && !bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        trouble_ = written < 0 ? errno : EIO;
        break;
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return trouble_ == 0;
  }

  int descriptor_;
  int trouble_ = 0;
  std::array<char, 1 << 16> buffer_;
};

/// Writes through a descriptor. Returns 0 or errno; what `write` throws comes through.
int write_to(int descriptor, const std::function<void(std::ostream&)>& write) {
  DescriptorBuffer buffer(descriptor);
  std::ostream out(&buffer);
  write(out);
  out.flush();
  return buffer.trouble() != 0 ? buffer.trouble() : out.good() ? 0 : EIO;
}

/// The number in /proc/self/fd/N, /dev/fd/N and the like; none for any other path.
std::optional<int> descriptor_named(const fs::path& path) {
  const std::string name = path.lexically_normal().native();
  for (const std::string& folder :
       {std::string("/proc/self/fd/"), std::string("/dev/fd/"), std::string("/proc/thread-self/fd/"),
        "/proc/" + std::to_string(::getpid()) + "/fd/"}) {
    if (!name.starts_with(folder)) continue;
    int number = -1;
    const char *begin = name.data() + folder.size(), *end = name.data() + name.size();
    if (const auto [last, code] = std::from_chars(begin, end, number); code == std::errc{} && last == end)
      return number;
  }
  return std::nullopt;
}

/// Where a path leads: to an open descriptor of ours, or to the file at the end of its symbolic links.
struct Target {
  fs::path path;
  std::optional<int> descriptor;
};

Target target_of(fs::path path, bool follow_links) {
  for (int links = 0; links < 40; ++links) {
    if (const auto number = descriptor_named(path)) return {path, number};
    std::error_code code;
    if (!follow_links || !fs::is_symlink(fs::symlink_status(path, code))) return {path, {}};
    const fs::path next = fs::read_symlink(path, code);
    if (code) return {path, {}};
    // A link's target counts from the folder the link really is in.
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  fail("'{}': its symbolic links lead in a circle", path.string());
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void make_folder_of(const fs::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  if (code) fail("the folder '{}' cannot be made: {}", path.parent_path().string(), code.message());
}

/// A new file of nobody else's beside the target, gone again unless it is renamed.
class Unfinished {
 public:
  /// `shown`: what errors call the target.
  Unfinished(fs::path target, fs::path shown, std::string_view ending = {})
      : target_(std::move(target)), shown_(std::move(shown)) {
    struct stat there {};
    replaces_ = ::lstat(target_.c_str(), &there) == 0 && S_ISREG(there.st_mode);
    before_ = there;
    for (int attempt = 0; !file_.is_open(); ++attempt) {
      path_ =
          folder_of(target_) / fmt::format("{}{:016x}{}", kUnfinishedFile, host::random_name(shown_), ending);
      file_ = Descriptor(
          open_again(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, replaces_ ? 0600 : 0666));
      if (!file_.is_open() && (errno != EEXIST || attempt == 8)) {
        const std::string reason = std::strerror(errno);
        path_.clear();
        refuse(reason);
      }
    }
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() { remove(); }

  int descriptor() const { return file_.get(); }
  const fs::path& path() const { return path_; }

  /// Another program may have replaced the file instead of writing into it.
  void open_anew() {
    file_ = Descriptor(open_again(path_.c_str(), O_RDWR | O_NOFOLLOW));
    if (!file_.is_open()) refuse_after(errno);
  }

  void rename(bool sync) {
    if (replaces_) take_over_rights();
    if (sync && ::fsync(file_.get()) != 0 && errno != EINVAL && errno != ENOSYS) refuse_after(errno);
    if (const int reason = file_.close(); reason != 0) refuse_after(reason);
    if (::rename(path_.c_str(), target_.c_str()) != 0) refuse_after(errno);
    path_.clear();
    if (!sync) return;
    // The name is there already; a folder that cannot be synced (some network file systems) is no reason to
    // fail.
    const Descriptor folder(open_again(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY));
    if (folder.is_open()) ::fsync(folder.get());
  }

  [[noreturn]] void refuse_after(int reason) {
    remove();
    refuse(std::strerror(reason));
  }

 private:
  /// Another's file stays another's, where we may give it away; else nobody gets more rights than before.
  void take_over_rights() {
    mode_t mode = before_.st_mode & 07777;
    if ((before_.st_uid != ::geteuid() || before_.st_gid != ::getegid()) &&
        ::fchown(file_.get(), before_.st_uid, before_.st_gid) != 0)
      mode &= 0777;
    if (::fchmod(file_.get(), mode) != 0) refuse_after(errno);
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    fail("'{}' cannot be written: {}", shown_.string(), reason);
  }
  void remove() {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

  fs::path target_, shown_, path_;
  Descriptor file_;
  bool replaces_ = false;
  struct stat before_ {};  // what is replaced
};

/// An open descriptor for what is no regular file; none where a new file is to take the path.
std::optional<Descriptor> open_stream(const fs::path& shown, const Target& target) {
  if (target.descriptor) {
    Descriptor copy(::fcntl(*target.descriptor, F_DUPFD_CLOEXEC, 3));
    if (!copy.is_open()) fail("'{}' cannot be written: {}", shown.string(), std::strerror(errno));
    return copy;
  }
  struct stat there {};
  if (::lstat(target.path.c_str(), &there) != 0 || S_ISREG(there.st_mode) || S_ISLNK(there.st_mode))
    return std::nullopt;
  if (S_ISDIR(there.st_mode)) fail("'{}' is a folder, expected a file name", shown.string());
  Descriptor device(open_again(target.path.c_str(), O_WRONLY | O_NOCTTY));
  if (!device.is_open()) fail("'{}' cannot be written: {}", shown.string(), std::strerror(errno));
  return device;
}

std::string read_to_end(int descriptor, const fs::path& shown, std::uintmax_t limit) {
  std::string bytes;
  std::array<char, 1 << 16> part;
  for (;;) {
    const ssize_t got = ::read(descriptor, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("'{}' cannot be read: {}", shown.string(), std::strerror(errno));
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(got) > limit)
      fail("'{}' has more than {} bytes, which is the most that can be read", shown.string(), limit);
    bytes.append(part.data(), static_cast<std::size_t>(got));
  }
}

/// A regular file that is open for reading.
struct OpenFile {
  Descriptor descriptor;
  std::size_t size;
};

OpenFile open_file(const fs::path& path, std::uintmax_t limit) {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  OpenFile file{Descriptor(open_again(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY)), 0};
  if (!file.descriptor.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) fail("'{}': no such file", path.string());
    fail("'{}' cannot be opened: {}", path.string(), std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(file.descriptor.get(), &status) != 0) fail("'{}': {}", path.string(), std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail("'{}' is a folder, expected a file", path.string());
  if (!S_ISREG(status.st_mode)) fail("'{}' is not a regular file", path.string());
  const auto size = static_cast<std::uintmax_t>(status.st_size);
  if (size > limit) fail("'{}' has {} bytes, at most {} can be read", path.string(), size, limit);
  file.size = static_cast<std::size_t>(size);
  return file;
}

/// The next bytes of a file that has so many still.
void read_exactly(int descriptor, char* to, std::size_t count, const fs::path& path) {
  while (count > 0) {
    const ssize_t got = ::read(descriptor, to, count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("'{}' cannot be read: {}", path.string(), std::strerror(errno));
    if (got == 0) fail("'{}' could not be read to its end: it became shorter meanwhile", path.string());
    to += got;
    count -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  const OpenFile file = open_file(path, limit);
  std::string bytes(file.size, '\0');
  read_exactly(file.descriptor.get(), bytes.data(), bytes.size(), path);
  return bytes;
}

void read_file(const fs::path& path, const std::function<void(std::string_view piece)>& take,
               std::uintmax_t limit) {
  const OpenFile file = open_file(path, limit);
  std::string piece(std::min(file.size, std::size_t{1} << 18), '\0');
  for (std::size_t left = file.size; left > 0; left -= piece.size()) {
    piece.resize(std::min(left, piece.size()));
    read_exactly(file.descriptor.get(), piece.data(), piece.size(), path);
    take(piece);
  }
}

std::string read_input(const fs::path& path, std::uintmax_t limit) {
  if (path == "-") return read_to_end(STDIN_FILENO, "the standard input", limit);
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status) || fs::is_directory(status) || fs::is_regular_file(status)) {
    // What /proc and the like call regular files of no bytes have some all the same.
    if (!fs::is_regular_file(status) || fs::file_size(path, code) > 0) return read_file(path, limit);
  }
  const Descriptor stream(open_again(path.c_str(), O_RDONLY | O_NOCTTY));
  if (!stream.is_open()) fail("'{}' cannot be opened: {}", path.string(), std::strerror(errno));
  return read_to_end(stream.get(), path, limit);
}

void write_file(const fs::path& path, const std::function<void(std::ostream&)>& write, WriteOptions options) {
  make_folder_of(path);
  const Target target = target_of(path, options.follow_links);
  if (auto stream = open_stream(path, target)) {
    int reason = write_to(stream->get(), write);
    if (const int closing = stream->close(); reason == 0) reason = closing;
    if (reason != 0) fail("'{}' cannot be written: {}", path.string(), std::strerror(reason));
    return;
  }
  Unfinished file(target.path, path);
  if (const int reason = write_to(file.descriptor(), write); reason != 0) file.refuse_after(reason);
  file.rename(options.sync);
}

struct NewFile::State {
  State(const fs::path& path, WriteOptions how)
      : shown((make_folder_of(path), path)),
        options(how),
        target(target_of(path, options.follow_links)),
        stream(open_stream(path, target)),
        // Another program needs a file that it can go back in: what it wrote is copied into a stream then.
        file(stream ? fs::temp_directory_path() / "figure" : target.path, path, path.extension().native()) {}

  fs::path shown;
  WriteOptions options;
  Target target;
  std::optional<Descriptor> stream;
  Unfinished file;
};

NewFile::NewFile(const fs::path& path, WriteOptions options)
    : state_(std::make_unique<State>(path, options)) {}

NewFile::~NewFile() = default;

const fs::path& NewFile::path() const {
  return state_->file.path();
}

void NewFile::keep() {
  if (state_->stream) {
    const std::string bytes = read_file(path());
    state_->stream->close();
    return write_file(state_->shown, bytes, state_->options);
  }
  state_->file.open_anew();
  state_->file.rename(state_->options.sync);
}

bool is_stream(const fs::path& path) {
  const Target target = target_of(path, true);
  struct stat there {};
  return target.descriptor ||
         (::stat(target.path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode));
}

bool is_standard_output(const fs::path& path) {
  const Target target = target_of(path, true);
  if (target.descriptor) return *target.descriptor == STDOUT_FILENO;
  struct stat there {
  }, out{};
  return ::stat(target.path.c_str(), &there) == 0 && ::fstat(STDOUT_FILENO, &out) == 0 &&
         !S_ISREG(there.st_mode) && there.st_dev == out.st_dev && there.st_ino == out.st_ino;
}

}  // namespace gatescope
