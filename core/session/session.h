#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "core/session/learner.h"

namespace gatescope::session {

/// A thread around a learner (a host without threads calls advance()). Nothing here waits for whoever looks:
/// commands are queued, snapshots are handed over, and training goes on at full speed in between.
class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Its number among the commands; a snapshot says how many were carried out.
  std::uint64_t send(Command command);
  /// The newest snapshot; never null.
  std::shared_ptr<const Snapshot> latest();
  /// Everything needed to go on later, as it is between two updates. Errors come through the future.
  std::future<Capture> capture();
  /// Models as their files would be written now, one a model.
  std::future<std::vector<checkpoint::ModelFile>> model_files();

  /// Waits until all commands sent so far are carried out and the probe is read under them; for programs
  /// without a window, and for tests. `until_paused`: until training has come to its end, too.
  std::shared_ptr<const Snapshot> settle(bool until_paused = false);

  /// On a host without threads: does the learner's work for about as long as `budget`, from the frame of
  /// whoever looks. Elsewhere a thread does it, and this does nothing.
  void advance(Clock::duration budget);

 private:
  struct Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace gatescope::session
