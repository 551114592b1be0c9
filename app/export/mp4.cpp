#include "app/export/mp4.h"

#include "core/error.h"

#ifdef _WIN32

namespace gatescope::app {

void write_mp4(const std::filesystem::path& path, int, const FrameSource&, double) {
  fail("'{}': MP4 is not written on Windows; a .gif is", path.string());
}

}  // namespace gatescope::app

#else

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "core/files.h"

extern char** environ;

namespace gatescope::app {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

// A running ffmpeg whose standard input is ours. A socket and not a pipe: writing to one whose reader is gone
// can be asked to fail instead of raising a signal.
class Ffmpeg {
 public:
  Ffmpeg(std::vector<std::string> arguments, const std::filesystem::path& log) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      fail("ffmpeg cannot be started: {}", std::strerror(errno));
    input_ = Descriptor(ends[0]);
    const Descriptor theirs(ends[1]);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int result = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (result == ENOENT)
      fail(
          "an MP4 needs the program 'ffmpeg', which is not installed (on Debian and Ubuntu: apt-get install "
          "ffmpeg); "
          "a .gif needs nothing");
    if (result != 0) fail("ffmpeg cannot be started: {}", std::strerror(result));
  }
  Ffmpeg(const Ffmpeg&) = delete;
  Ffmpeg& operator=(const Ffmpeg&) = delete;
  ~Ffmpeg() { finish(); }

  bool write(const std::vector<unsigned char>& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const auto sent = send(input_.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      at += static_cast<std::size_t>(sent);
    }
    return true;
  }

  /// True where it ended well.
  bool finish() {
    input_.close();
    if (pid_ <= 0) return ended_well_;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = 0;
    return ended_well_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  Descriptor input_;
  pid_t pid_ = 0;
  bool ended_well_ = false;
};

// Removes the files beside the result however the work ends.
struct Leftovers {
  std::vector<std::filesystem::path> paths;
  ~Leftovers() {
    std::error_code ignored;
    for (const auto& path : paths) std::filesystem::remove(path, ignored);
  }
};

std::string last_line(const std::filesystem::path& log) {
  std::string text = read_file(log);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const auto start = text.find_last_of("\r\n");
  return text.empty() ? "it said nothing" : text.substr(start == text.npos ? 0 : start + 1);
}

}  // namespace

void write_mp4(const std::filesystem::path& path, int frames, const FrameSource& frame,
               double frames_per_second) {
  if (frames < 1) fail("'{}': an animation needs at least one frame, there are {}", path.string(), frames);
  if (!(frames_per_second > 0))
    fail("'{}': an animation of {} frames per second cannot be made", path.string(), frames_per_second);
  std::error_code code;
  const auto absolute = std::filesystem::absolute(path);  // so that no name can be taken for an option
  std::filesystem::create_directories(absolute.parent_path(), code);
  if (code) fail("the folder '{}' cannot be made: {}", absolute.parent_path().string(), code.message());
  const std::filesystem::path part = absolute.string() + ".part.mp4", log = absolute.string() + ".log";
  const Leftovers leftovers{{part, log}};

  const Raster first = frame(0);
  // H.264 in the form every player knows needs even sides: odd ones get a black line.
  Ffmpeg ffmpeg({"ffmpeg",
                 "-y",
                 "-loglevel",
                 "error",
                 "-f",
                 "rawvideo",
                 "-pixel_format",
                 "rgba",
                 "-video_size",
                 fmt::format("{}x{}", first.width, first.height),
                 "-framerate",
                 fmt::format("{}", frames_per_second),
                 "-i",
                 "pipe:0",
                 "-vf",
                 "pad=ceil(iw/2)*2:ceil(ih/2)*2",
                 "-pix_fmt",
                 "yuv420p",
                 "-movflags",
                 "+faststart",
                 part.string()},
                log);
  bool written = ffmpeg.write(first.rgba);
  for (int i = 1; i < frames && written; ++i) {
    const Raster raster = frame(i);
    if (raster.width != first.width || raster.height != first.height)
      fail("frame {} has {}x{} pixels, the first has {}x{}", i, raster.width, raster.height, first.width,
           first.height);
    written = ffmpeg.write(raster.rgba);
  }
  if (!ffmpeg.finish() || !written) fail("'{}': ffmpeg could not make it: {}", path.string(), last_line(log));
  std::filesystem::rename(part, absolute, code);
  if (code) fail("'{}' cannot be written: {}", path.string(), code.message());
}

}  // namespace gatescope::app

#endif
