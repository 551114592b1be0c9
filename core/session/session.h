#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "core/session/latest.h"
#include "core/session/learner.h"

namespace gatescope::session {

/// A thread around a learner. Nothing here waits for whoever looks: commands are queued, snapshots are handed
/// over, and training goes on at full speed in between.
class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Its number among the commands; a snapshot says how many were carried out.
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
  class Background;
  using Job = std::variant<Command, std::promise<Capture>, std::promise<std::vector<checkpoint::ModelFile>>>;

  // On its thread.
  void work(SessionOptions options);
  bool wait_for_work(std::optional<Clock::time_point> next);
  void carry_out_jobs(Learner& learner);
  void carry_out(Learner& learner, Job job);
  void publish(const Learner& learner);
  void tell_who_waits(const Learner& learner);

  std::uint64_t push(Job job);

  Latest<Snapshot> latest_;
  std::shared_ptr<const Snapshot> published_;  // the newest, on the thread
  std::uint64_t taken_ = 0;                    // jobs, on the thread

  std::mutex mutex_;  // of what follows
  std::condition_variable wake_, settled_;
  std::deque<Job> jobs_;
  std::uint64_t commands_ = 0;         // sent
  std::uint64_t sent_ = 0, done_ = 0;  // jobs; `done_` counts those whose snapshot is out
  bool paused_ = true;                 // no training is going on
  bool background_is_back_ = false;    // with a reading
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace gatescope::session
