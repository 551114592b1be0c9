#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "core/math/thread_pool.h"
#include "core/session/latest.h"
#include "core/session/snapshot.h"

namespace gatescope::session {

struct SessionOptions {
  int threads = default_threads();
  std::filesystem::path corpora;  // the texts that come with the program
  /// How much of the time may go into reading the probe while training runs, in (0, 1).
  double probe_share = 0.08;
};

/// A thread that trains, reads the probe, and publishes what it sees. Nothing here waits for whoever looks:
/// commands are queued, snapshots are handed over, and training goes on at full speed in between.
class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Its number; a snapshot says which were carried out.
  std::uint64_t send(Command command);
  /// The newest snapshot; never null.
  std::shared_ptr<const Snapshot> latest() { return latest_.get(); }
  /// Everything needed to go on later, as it is between two updates. Errors come through the future.
  std::future<Capture> capture();
  /// Models as their files would be written now, one a model.
  std::future<std::vector<checkpoint::ModelFile>> model_files();

  /// Waits until all commands sent so far are carried out and the probe is read under them; for programs
  /// without a window, and for tests. `until_paused`: until training has come to its end, too.
  std::shared_ptr<const Snapshot> settle(bool until_paused = false);

 private:
  class Worker;
  using Job = std::variant<Command, std::promise<Capture>, std::promise<std::vector<checkpoint::ModelFile>>>;

  std::uint64_t push(Job job);

  Latest<Snapshot> latest_;
  std::mutex mutex_;
  std::condition_variable wake_, settled_;
  std::deque<Job> jobs_;
  std::uint64_t sent_ = 0, done_ = 0;  // jobs; `done_` counts those whose snapshot is out
  bool paused_ = true;                 // no training is going on
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace gatescope::session
