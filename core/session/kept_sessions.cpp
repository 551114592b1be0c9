#include "core/session/kept_sessions.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/host/growing_file.h"
#include "core/host/process.h"
#include "core/json/json_reader.h"
#include "core/session/session_file.h"

namespace gatescope::session {
namespace fs = std::filesystem;
namespace {

using host::LockFile;
using std::chrono::system_clock;

constexpr std::string_view kRunning = "running-", kTrash = "thrown-away-", kLockEnding = ".lock";
/// A window on a machine whose locks we do not see is thought gone after so long without a sign of life.
constexpr auto kSilence = std::chrono::minutes(10);

/// Who holds a lock.
std::string to_text(const host::Process& holder) {
  return nlohmann::json{{"machine", holder.machine},
                        {"boot", holder.boot},
                        {"space", holder.space},
                        {"process", holder.id},
                        {"start", holder.start}}
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

/// Nothing where it was not written whole.
std::optional<host::Process> holder_from(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto word = [&](const char* key) {
    return json.is_object() && json.contains(key) && json.at(key).is_string()
               ? json.at(key).get<std::string>()
               : std::string();
  };
  host::Process holder{word("machine"), word("boot"), word("space"), word("process"), word("start")};
  if (holder.boot.empty()) return std::nullopt;
  return holder;
}

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
bool may_live(const fs::path& session, const LockFile& lock) {
  const host::Process me = host::this_process();
  if (lock.state() == LockFile::State::missing) {
    // Of an earlier version: named after its process, which has to be one of this program to be alive. Where
    // it lives elsewhere all the same, it keeps its session again, since nothing here removes one.
    const std::string file = session.filename().string();
    const std::string process(name_in(file));
    return process != me.id && is_number(process) && process.size() < 10 &&
           host::program_of(process).starts_with("gatescope") && !host::start_of(process).empty();
  }
  const bool ours = lock.state() == LockFile::State::ours;
  if (!ours && lock.state() != LockFile::State::impossible) return true;  // held, or not to be asked
  const auto holder = holder_from(lock.text());
  if (!holder) return lock.age() < kSilence;
  if (holder->boot == me.boot) {
    if (ours) return false;  // the same kernel says so
    if (holder->space == me.space)
      return !holder->start.empty() && host::start_of(holder->id) == holder->start;
    return lock.age() < kSilence;
  }
  return holder->machine != me.machine && lock.age() < kSilence;
}

/// Gives a file another name, never that of one that is there. False: that name is taken.
bool move_to(const fs::path& from, const fs::path& to) {
  std::error_code reason, code;
  fs::create_hard_link(from, to, reason);
  if (!reason) {
    fs::remove(from, code);
    return true;
  }
  if (reason == std::errc::file_exists) return false;
  if (!fs::exists(fs::symlink_status(from, code))) fail("'{}' is no longer there", from.string());
  if (fs::exists(fs::symlink_status(to, code))) return false;
  // A file system without hard links.
  fs::rename(from, to, code);
  if (code)
    fail("'{}' cannot be renamed to '{}': {}", from.string(), to.filename().string(), reason.message());
  return true;
}

/// Takes the session from among those left behind: no two windows get it.
template <class Name>
fs::path take(const LeftBehind& left, Name name) {
  const LockFile lock(lock_of(left.path), LockFile::Open::existing);
  std::error_code code;
  if (!fs::exists(left.path, code))
    fail("'{}' is no longer there: another window has taken it", left.path.string());
  if (may_live(left.path, lock)) fail("'{}' belongs to a window that is running", left.path.string());
  for (int number = 1;; ++number) {
    const fs::path path = left.path.parent_path() / name(number);
    if (!move_to(left.path, path)) continue;
    fs::remove(lock_of(left.path), code);
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
    const LockFile lock(lock_of(path), LockFile::Open::existing);
    if (may_live(path, lock)) continue;
    LeftBehind& left = found.emplace_back();
    left.path = path;
    left.kept = host::time_written(path);
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
  host::touch(path);  // its days count from now
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
    const auto age = system_clock::now() - host::time_written(path);
    if (name.starts_with(kUnfinishedFile) && age > std::chrono::hours(24)) {
      old.push_back(path);
    } else if (name.starts_with(kTrash) && name.ends_with(kSessionEnding)) {
      if (age > std::chrono::hours(24) * kDaysInTrash) old.push_back(path);
    } else if (name.starts_with(kRunning) && name.ends_with(kLockEnding) && age > std::chrono::hours(1)) {
      const fs::path session = fs::path(path).replace_extension(kSessionEnding);
      if (fs::exists(session, of_this)) continue;
      const LockFile lock(path, LockFile::Open::existing);
      if (!may_live(session, lock)) fs::remove(path, of_this);
    }
  }
  for (const fs::path& path : old) fs::remove(path, code);
}

// --- One window's -----------------------------------------------------------------------------------------

const fs::path& KeptSession::path() {
  if (!path_.empty()) return path_;
  std::error_code code;
  fs::create_directories(folder_, code);
  if (code) fail("the folder '{}' cannot be made: {}", folder_.string(), code.message());
  for (int attempt = 0;; ++attempt) {
    const fs::path session =
        folder_ / fmt::format("{}{:016x}{}", kRunning, host::random_name(folder_), kSessionEnding);
    const fs::path file = lock_of(session);
    LockFile lock(file, LockFile::Open::fresh);
    const bool usable = lock.state() == LockFile::State::ours || lock.state() == LockFile::State::impossible;
    // Somebody who tidies up may have come between making it and locking it.
    if (!usable || !lock.has_name()) {
      if (attempt < 8 && (lock.is_open() || lock.error() == std::errc::file_exists)) continue;
      fail("'{}' cannot be written: {}", file.string(), lock.error().message());
    }
    if (!lock.write(to_text(host::this_process()))) {
      fs::remove(file, code);
      fail("'{}' cannot be written: {}", file.string(), lock.error().message());
    }
    lock_.emplace(std::move(lock));
    path_ = session;
    return path_;
  }
}

void KeptSession::beat() const {
  if (lock_) lock_->touch();
}

void KeptSession::done() {
  if (path_.empty()) return;
  std::error_code code;
  fs::remove(path_, code);
  fs::remove(lock_of(path_), code);
  lock_.reset();
  path_.clear();
}

}  // namespace gatescope::session
