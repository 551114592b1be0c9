#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/host/lock_file.h"

// clang-format off
/// Where windows keep their sessions, each under a name of its own:
///   running-X.gatescope      as it was shortly before; X are 16 random hexadecimal digits
///   running-X.lock           locked (flock) by the window it is of for as long as that lives; says who that is
///   last.gatescope           the one that was ended in order last: the next start opens it
///   recovered-N.gatescope    what a crash left behind, after somebody opened it
///   thrown-away-X.gatescope  what a crash left behind and nobody wanted; there for 30 days more
/// Earlier versions named running-PID.gatescope after their process, without a lock.
// clang-format on
namespace gatescope::session {

inline constexpr std::string_view kSessionEnding = ".gatescope";
/// Days until what was thrown away is removed.
inline constexpr int kDaysInTrash = 30;

/// A session that a window left behind which is no longer there.
struct LeftBehind {
  std::filesystem::path path;
  std::chrono::system_clock::time_point kept;  // when it was written
  std::string title;                           // of its experiment; empty where the file does not say
  std::uint64_t updates = 0;
  std::string problem;  // why it cannot be read; empty else

  bool operator==(const LeftBehind&) const = default;
};

/// The sessions in `folder` whose windows are gone, newest first. One whose window may be alive, here, in
/// another container or on another machine that shares the folder, is not among them. Throws nothing.
std::vector<LeftBehind> find_left_behind(const std::filesystem::path& folder);

/// Makes it a session for good, recovered-N.gatescope, and returns that path. Throws Error where it is gone
/// or another window has it.
std::filesystem::path recover(const LeftBehind& left);
/// Puts it where it stays for kDaysInTrash days; returns that path. Throws likewise.
std::filesystem::path throw_away(const LeftBehind& left);
/// Removes what was thrown away longer ago than that, locks of windows that left nothing, and files that were
/// never finished.
void tidy_kept_sessions(const std::filesystem::path& folder);

std::filesystem::path last_session_in(const std::filesystem::path& folder);

/// The place of one window's session: its lock is held from the first use to the end of this object.
class KeptSession {
 public:
  explicit KeptSession(std::filesystem::path folder) : folder_(std::move(folder)) {}
  KeptSession(const KeptSession&) = delete;
  KeptSession& operator=(const KeptSession&) = delete;

  /// Where to write it. The first call makes the lock; throws Error where the folder cannot be written.
  const std::filesystem::path& path();
  /// Tells machines that see the folder but no lock that the window is alive.
  void beat() const;
  /// After it was ended in order: nothing is left behind.
  void done();

 private:
  std::filesystem::path folder_, path_;
  std::optional<host::LockFile> lock_;
};

}  // namespace gatescope::session
