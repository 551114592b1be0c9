#include "core/session/kept_sessions.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json/json_reader.h"
#include "core/session/session_file.h"

namespace gatescope::session {
namespace fs = std::filesystem;
namespace {

using std::chrono::system_clock;

constexpr std::string_view kRunning = "running-", kTrash = "thrown-away-", kLockEnding = ".lock";
constexpr std::string_view kUnfinished = ".gatescope-";  // of a program that was killed while it wrote
/// A window on a machine whose locks we do not see is thought gone after so long without a sign of life.
constexpr auto kSilence = std::chrono::minutes(10);

std::string line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string process_space() {
  std::error_code code;
  return fs::read_symlink("/proc/self/ns/pid", code).string();
}

/// When a process began, in ticks since the boot; empty where there is none or it is a zombie.
std::string start_of(const std::string& process) {
  const std::string line = line_of("/proc/" + process + "/stat");
  const std::size_t name = line.rfind(')');  // the name before may hold anything
  if (name == std::string::npos || name + 2 >= line.size() || line[name + 2] == 'Z') return {};
  std::size_t at = name + 1;
  for (int field = 3; field < 22; ++field) at = line.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

/// Who holds a lock: a process of a boot of a machine.
struct Holder {
  std::string machine, boot, space, process, start;

  bool operator==(const Holder&) const = default;
};

Holder myself() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string process = std::to_string(::getpid());
  return {line_of("/etc/machine-id") + " " + host.data(), line_of("/proc/sys/kernel/random/boot_id"),
          process_space(), process, start_of(process)};
}

std::string to_text(const Holder& holder) {
  return nlohmann::json{{"machine", holder.machine},
                        {"boot", holder.boot},
                        {"space", holder.space},
                        {"process", holder.process},
                        {"start", holder.start}}
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

/// Nothing where it was not written whole.
std::optional<Holder> holder_from(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto word = [&](const char* key) {
    return json.is_object() && json.contains(key) && json.at(key).is_string()
               ? json.at(key).get<std::string>()
               : std::string();
  };
  Holder holder{word("machine"), word("boot"), word("space"), word("process"), word("start")};
  if (holder.boot.empty()) return std::nullopt;
  return holder;
}

bool is_lock_missing(int error) {  // of the file system
  return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
}

/// A lock file that is open, and locked where it could be.
class Lock {
 public:
  Lock(const fs::path& path, int flags) {
    number_ = ::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (number_ < 0) {
      error_ = errno;
      return;
    }
    while (::flock(number_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      error_ = errno;
      return;
    }
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (number_ >= 0) ::close(number_);
  }

  bool is_there() const { return number_ >= 0 || error_ != ENOENT; }
  bool is_open() const { return number_ >= 0; }
  bool is_ours() const { return number_ >= 0 && error_ == 0; }
  bool is_impossible() const { return number_ >= 0 && is_lock_missing(error_); }
  int error() const { return error_; }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

  std::string text() const {
    std::array<char, 2048> bytes{};
    const ssize_t got = ::pread(number_, bytes.data(), bytes.size(), 0);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
  }
  /// Since it was last touched.
  system_clock::duration age() const {
    struct stat status {};
    ::fstat(number_, &status);
    return system_clock::now() - system_clock::from_time_t(status.st_mtime);
  }
  bool has_name() const {
    struct stat status {};
    return ::fstat(number_, &status) == 0 && status.st_nlink > 0;
  }

 private:
  int number_ = -1, error_ = 0;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The X of running-X.gatescope; empty for another name.
std::string_view name_in(std::string_view file) {
  if (!file.starts_with(kRunning) || !file.ends_with(kSessionEnding)) return {};
  file.remove_prefix(kRunning.size());
  if (file.size() <= kSessionEnding.size()) return {};
  return file.substr(0, file.size() - kSessionEnding.size());
}

fs::path lock_of(const fs::path& session) {
  return fs::path(session).replace_extension(kLockEnding);
}

/// Whether the window that a session file belongs to may be alive. `lock` is its lock file, as we could get
/// it.
bool may_live(const fs::path& session, const Lock& lock) {
  if (!lock.is_there()) {
    // Of an earlier version: named after its process, which has to be one of this program to be alive. Where
    // it lives elsewhere all the same, it keeps its session again, since nothing here removes one.
    const std::string file = session.filename().string();
    const std::string process(name_in(file));
    return process != std::to_string(::getpid()) && is_number(process) && process.size() < 10 &&
           line_of("/proc/" + process + "/comm").starts_with("gatescope") && !start_of(process).empty();
  }
  if (!lock.is_ours() && !lock.is_impossible()) return true;  // held, or not to be asked
  const auto holder = holder_from(lock.text());
  if (!holder) return lock.age() < kSilence;
  const Holder me = myself();
  if (holder->boot == me.boot) {
    if (lock.is_ours()) return false;  // the same kernel says so
    if (holder->space == me.space)
      return !holder->start.empty() && start_of(holder->process) == holder->start;
    return lock.age() < kSilence;
  }
  return holder->machine != me.machine && lock.age() < kSilence;
}

system_clock::time_point time_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return system_clock::from_time_t(status.st_mtim.tv_sec) +
         std::chrono::duration_cast<system_clock::duration>(std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

/// Gives a file another name, never that of one that is there. False: that name is taken.
bool move_to(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return true;
  }
  if (errno == EEXIST) return false;
  const int reason = errno;
  std::error_code code;
  if (!fs::exists(fs::symlink_status(from, code))) fail("'{}' is no longer there", from.string());
  if (fs::exists(fs::symlink_status(to, code))) return false;
  // A file system without hard links.
  if (::rename(from.c_str(), to.c_str()) != 0)
    fail("'{}' cannot be renamed to '{}': {}", from.string(), to.filename().string(), std::strerror(reason));
  return true;
}

/// Takes the session from among those left behind: no two windows get it.
template <class Name>
fs::path take(const LeftBehind& left, Name name) {
  const Lock lock(lock_of(left.path), 0);
  std::error_code code;
  if (!fs::exists(left.path, code))
    fail("'{}' is no longer there: another window has taken it", left.path.string());
  if (may_live(left.path, lock)) fail("'{}' belongs to a window that is running", left.path.string());
  for (int number = 1;; ++number) {
    const fs::path path = left.path.parent_path() / name(number);
    if (!move_to(left.path, path)) continue;
    ::unlink(lock_of(left.path).c_str());
    return path;
  }
}

void describe(LeftBehind& left) {
  try {
    const auto metadata = session_metadata(left.path);
    const auto experiment = metadata.find("experiment");
    if (experiment != metadata.end()) {
      const auto json = nlohmann::json::parse(experiment->second, nullptr, false);
      if (json.is_object() && json.contains("title") && json.at("title").is_string())
        left.title = json.at("title");
    }
    for (const char* key : {"updates", "update"}) {
      const auto updates = metadata.find(key);
      if (updates == metadata.end()) continue;
      const std::string& text = updates->second;
      std::from_chars(text.data(), text.data() + text.size(), left.updates);
    }
  } catch (const std::exception& error) {
    left.problem = error.what();
  }
}

}  // namespace

fs::path last_session_in(const fs::path& folder) {
  return folder / fmt::format("last{}", kSessionEnding);
}

std::vector<LeftBehind> find_left_behind(const fs::path& folder) {
  std::vector<LeftBehind> found;
  std::error_code code;
  if (folder.empty()) return found;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    const fs::path& path = at->path();
    std::error_code of_this;
    if (name_in(path.filename().native()).empty() || !at->is_regular_file(of_this)) continue;
    const Lock lock(lock_of(path), 0);
    if (may_live(path, lock)) continue;
    LeftBehind& left = found.emplace_back();
    left.path = path;
    left.kept = time_of(path);
    describe(left);
  }
  std::ranges::sort(found, [](const LeftBehind& a, const LeftBehind& b) {
    return a.kept != b.kept ? a.kept > b.kept : a.path < b.path;
  });
  return found;
}

fs::path recover(const LeftBehind& left) {
  return take(left, [](int number) { return fmt::format("recovered-{}{}", number, kSessionEnding); });
}

fs::path throw_away(const LeftBehind& left) {
  const std::string file = left.path.filename().string();
  const fs::path path = take(left, [name = name_in(file)](int number) {
    return number == 1 ? fmt::format("{}{}{}", kTrash, name, kSessionEnding)
                       : fmt::format("{}{}-{}{}", kTrash, name, number, kSessionEnding);
  });
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // its days count from now
  return path;
}

void tidy_kept_sessions(const fs::path& folder) {
  std::error_code code;
  if (folder.empty()) return;
  std::vector<fs::path> old;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    const fs::path& path = at->path();
    const std::string name = path.filename().string();
    std::error_code of_this;
    if (!fs::is_regular_file(at->symlink_status(of_this))) continue;
    const auto age = system_clock::now() - time_of(path);
    if (name.starts_with(kUnfinished) && age > std::chrono::hours(24)) {
      old.push_back(path);
    } else if (name.starts_with(kTrash) && name.ends_with(kSessionEnding)) {
      if (age > std::chrono::hours(24) * kDaysInTrash) old.push_back(path);
    } else if (name.starts_with(kRunning) && name.ends_with(kLockEnding) && age > std::chrono::hours(1)) {
      const fs::path session = fs::path(path).replace_extension(kSessionEnding);
      if (fs::exists(session, of_this)) continue;
      const Lock lock(path, 0);
      if (!may_live(session, lock)) ::unlink(path.c_str());
    }
  }
  for (const fs::path& path : old) ::unlink(path.c_str());
}

// --- One window's -----------------------------------------------------------------------------------------

KeptSession::~KeptSession() {
  if (lock_ >= 0) ::close(lock_);
}

const fs::path& KeptSession::path() {
  if (!path_.empty()) return path_;
  std::error_code code;
  fs::create_directories(folder_, code);
  if (code) fail("the folder '{}' cannot be made: {}", folder_.string(), code.message());
  for (int attempt = 0;; ++attempt) {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number)
      fail("'{}': no random name for a session: {}", folder_.string(), std::strerror(errno));
    const fs::path session = folder_ / fmt::format("{}{:016x}{}", kRunning, number, kSessionEnding);
    const fs::path file = lock_of(session);
    Lock lock(file, O_CREAT | O_EXCL);
    const bool usable = lock.is_ours() || lock.is_impossible();
    // Somebody who tidies up may have come between making it and locking it.
    if (!usable || !lock.has_name()) {
      if (lock.is_open() ? attempt < 8 : lock.error() == EEXIST && attempt < 8) continue;
      fail("'{}' cannot be written: {}", file.string(), std::strerror(lock.error()));
    }
    const std::string who = to_text(myself());
    if (::write(lock.number(), who.data(), who.size()) != static_cast<ssize_t>(who.size())) {
      const int reason = errno;
      ::unlink(file.c_str());
      fail("'{}' cannot be written: {}", file.string(), std::strerror(reason));
    }
    lock_ = lock.release();
    lock_path_ = file;
    path_ = session;
    return path_;
  }
}

void KeptSession::beat() const {
  if (lock_ >= 0) ::futimens(lock_, nullptr);
}

void KeptSession::done() {
  if (path_.empty()) return;
  ::unlink(path_.c_str());
  ::unlink(lock_path_.c_str());
  ::close(std::exchange(lock_, -1));
  path_.clear();
}

}  // namespace gatescope::session
