#include "app/export/mp4.h"

#include "core/error.h"

#ifdef _WIN32

namespace gatescope::app {

struct Mp4Encoder::State {};

Mp4Encoder::Mp4Encoder(const std::filesystem::path& path, int, double) {
  fail("'{}': MP4 is not written on Windows; a .gif is", path.string());
}
Mp4Encoder::~Mp4Encoder() = default;
int Mp4Encoder::next() const {
  return 0;
}
void Mp4Encoder::take(const Raster&) {}
bool Mp4Encoder::advance() {
  return false;
}

}  // namespace gatescope::app

#else

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
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
  ~Ffmpeg() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait(0);
  }

  /// How many of the bytes it takes within some milliseconds; -1: it takes no more.
  std::ptrdiff_t write(std::span<const unsigned char> bytes) {
    pollfd room{input_.get(), POLLOUT, 0};
    if (::poll(&room, 1, kPatience) <= 0) return 0;
    const auto sent = ::send(input_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
    return sent > 0 ? sent : -1;
  }

  /// There are no more frames. Whether it has ended, or does within some milliseconds.
  bool ends() {
    input_.close();
    if (wait(WNOHANG)) return true;
    ::poll(nullptr, 0, kPatience);
    return wait(WNOHANG);
  }
  /// Once it has ended.
  bool ended_well() const { return ended_well_; }

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
  static constexpr int kPatience = 5;  // milliseconds

  /// Whether it has ended.
  bool wait(int options) {
    if (pid_ <= 0) return true;
    int status = 0;
    pid_t ended = 0;
    do ended = ::waitpid(pid_, &status, options);
    while (ended < 0 && errno == EINTR);
    if (ended == 0) return false;
    pid_ = 0;
    ended_well_ = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return true;
  }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> log_;  // without a name
  Descriptor input_;
  pid_t pid_ = 0;
  bool ended_well_ = false;
};

}  // namespace

struct Mp4Encoder::State {
  std::filesystem::path path;
  int frames;
  double frames_per_second;
  NewFile file = NewFile(path);
  int index = 0, width = 0, height = 0;
  std::vector<unsigned char> frame = {};  // the last one that was taken
  std::size_t handed_over = 0;            // bytes of it
  bool over = false;
  std::optional<Ffmpeg> ffmpeg = {};

  void begin();
};

void Mp4Encoder::State::begin() {
  // From the root, so that no name can be taken for an option.
  const std::filesystem::path to = std::filesystem::absolute(file.path());
  // H.264 in the form every player knows needs even sides: odd ones get a black line.
  ffmpeg.emplace(std::vector<std::string>{"ffmpeg",
                                          "-y",
                                          "-loglevel",
                                          "error",
                                          "-f",
                                          "rawvideo",
                                          "-pixel_format",
                                          "rgba",
                                          "-video_size",
                                          fmt::format("{}x{}", width, height),
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
                                          to.string()});
}

Mp4Encoder::Mp4Encoder(const std::filesystem::path& path, int frames, double frames_per_second) {
  if (frames < 1) fail("'{}': an animation needs at least one frame, there are {}", path.string(), frames);
  if (!(frames_per_second > 0))
    fail("'{}': an animation of {} frames per second cannot be made", path.string(), frames_per_second);
  state_.reset(new State{path, frames, frames_per_second});
}

Mp4Encoder::~Mp4Encoder() = default;

int Mp4Encoder::next() const {
  return state_->index;
}

void Mp4Encoder::take(const Raster& frame) {
  State& s = *state_;
  if (s.index == 0) s.width = frame.width, s.height = frame.height;
  if (frame.width != s.width || frame.height != s.height)
    fail("frame {} has {}x{} pixels, the first has {}x{}", s.index, frame.width, frame.height, s.width,
         s.height);
  if (!s.ffmpeg) s.begin();
  s.frame = frame.rgba;
  s.handed_over = 0;
  ++s.index;
}

bool Mp4Encoder::advance() {
  State& s = *state_;
  if (s.handed_over < s.frame.size()) {
    const auto sent = s.ffmpeg->write(std::span(s.frame).subspan(s.handed_over));
    if (sent < 0) {  // it gave up: what it says comes at its end
      s.frame.clear();
      s.over = true;
    } else {
      s.handed_over += static_cast<std::size_t>(sent);
    }
    return true;
  }
  if (s.index < s.frames && !s.over) return false;
  if (!s.ffmpeg) return false;
  if (!s.ffmpeg->ends()) return true;
  if (!s.ffmpeg->ended_well() || s.over)
    fail("'{}': ffmpeg could not make it: {}", s.path.string(), s.ffmpeg->last_line());
  s.file.keep();
  s.ffmpeg.reset();
  return false;
}

}  // namespace gatescope::app

#endif
