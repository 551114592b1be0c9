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
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/files.h"
#include "core/host/posix/descriptor.h"

extern char** environ;

namespace gatescope::app {
namespace {

// A running ffmpeg whose standard input is ours. A socket and not a pipe: writing to one whose reader is gone
// can be asked to fail instead of raising a signal.
class Ffmpeg {
 public:
  explicit Ffmpeg(std::vector<std::string> arguments) : log_(std::tmpfile()) {
    if (!log_) fail("ffmpeg cannot be started: no room for its messages: {}", std::strerror(errno));
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
    posix_spawn_file_actions_adddup2(&actions, fileno(log_.get()), 2);
    // What this program ignores the other one should not.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&usual, signal);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int result = posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
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

  /// The last line of what it said.
  std::string last_line() const {
    std::rewind(log_.get());
    std::string text;
    for (int c; (c = std::fgetc(log_.get())) != EOF;) text += static_cast<char>(c);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    const auto start = text.find_last_of("\r\n");
    return text.empty() ? "it said nothing" : text.substr(start == text.npos ? 0 : start + 1);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> log_;  // without a name
  Descriptor input_;
  pid_t pid_ = 0;
  bool ended_well_ = false;
};

}  // namespace

void write_mp4(const std::filesystem::path& path, int frames, const FrameSource& frame,
               double frames_per_second) {
  if (frames < 1) fail("'{}': an animation needs at least one frame, there are {}", path.string(), frames);
  if (!(frames_per_second > 0))
    fail("'{}': an animation of {} frames per second cannot be made", path.string(), frames_per_second);
  write_file_by(path, [&](const std::filesystem::path& new_file) {
    // From the root, so that no name can be taken for an option.
    const std::filesystem::path part = std::filesystem::absolute(new_file);
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
                   "-f",
                   "mp4",
                   part.string()});
    bool written = ffmpeg.write(first.rgba);
    for (int i = 1; i < frames && written; ++i) {
      const Raster raster = frame(i);
      if (raster.width != first.width || raster.height != first.height)
        fail("frame {} has {}x{} pixels, the first has {}x{}", i, raster.width, raster.height, first.width,
             first.height);
      written = ffmpeg.write(raster.rgba);
    }
    if (!ffmpeg.finish() || !written)
      fail("'{}': ffmpeg could not make it: {}", path.string(), ffmpeg.last_line());
  });
}

}  // namespace gatescope::app

#endif
