#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/math/thread_pool.h"
#include "core/session/moments.h"
#include "core/session/opened.h"
#include "core/session/probe_reading.h"
#include "core/session/snapshot.h"

namespace gatescope::session {

struct SessionOptions {
  int threads = default_threads();
  std::filesystem::path corpora;  // the texts that come with the program
  /// How much of the time may go into reading the probe while training runs, in (0, 1).
  double probe_share = 0.08;
  /// Bytes that kept moments of the training may take, with the ends of branches and their best weights. (The
  /// present, and the two sets to go back to after a loss that is no number, come on top of that.)
  std::size_t moments = std::size_t{128} << 20;
};

/// Does a piece of work some time, on whatever thread.
using Executor = std::function<void(std::function<void()> work)>;

/// Trains, reads the probe, and shows what it sees, without a thread of its own: commands go in, each
/// advance() does a piece of the work, snapshots come out. A session calls it from a thread; a host with one
/// thread calls it from its frame.
class Learner {
 public:
  /// Readings that take long are handed to `background`; without one they too are done by advance(), one
  /// piece after each update.
  explicit Learner(SessionOptions options, Executor background = {});
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;
  ~Learner();

  /// Commands are carried out in their order. What opens files takes long: it is announced in snapshot(), and
  /// carried out by the next call of advance(), carry_out(), capture() or model_files(). Errors are told in
  /// snapshot(); nothing is thrown.
  void carry_out(Command command);

  /// Works for about as long as `budget`, at least one piece: what was announced, one update, the probe read
  /// by one model. Returns when there is more to do: not later than now where it is at hand; none where
  /// nothing is left until the next command. Throws nothing.
  std::optional<Clock::time_point> advance(Clock::duration budget);

  /// The newest; the same one until something changed. Never null.
  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_; }
  /// Whether somebody looks at the snapshots: only then is the probe read again and again while training goes
  /// on.
  void set_watched(bool watched) { watched_ = watched; }
  bool training() const { return training_; }
  /// Whether all commands are carried out, the probe is read under them, and the snapshot shows it.
  bool settled() const;

  /// Everything needed to go on later. Throws Error where nothing is open.
  Capture capture();
  /// Models as their files would be written with the weights that are looked at, one a model. Throws
  /// likewise.
  std::vector<checkpoint::ModelFile> model_files();

 private:
  /// A training that was led away from.
  struct Left {
    std::uint64_t from = 0;  // where it parts from the present one
    Moment end;
    std::shared_ptr<const std::vector<std::vector<train::MetricsRow>>> metrics;  // one table a model
    std::vector<std::uint64_t> best_updates;  // where the held-out losses were lowest, rising
    std::vector<Moment> best;                 // those of them that are kept, all after `from`

    std::size_t bytes() const;
  };
  /// A reading that is under way; shared with the background where that does it.
  struct UnderWay;

  // The passes of advance().
  void carry_out_announced();
  void update_where_due();
  void take_reading();
  void begin_reading_where_due();
  void read_on();
  void renew_snapshot_where_due();
  bool at_hand() const;
  std::optional<Clock::time_point> next_work() const;

  // Commands.
  void carry_out_now(const Command& command);
  void apply(const Open& command);
  void apply(const OpenModels& command);
  void apply(const Train& command);
  void apply(const UpdateOnce& command);
  void apply(const Restart& command);
  void apply(const ShowUpdate& command);
  void apply(const GoOnFrom& command);
  void apply(const ReturnTo& command);
  void apply(const SetPauseAtBest& command);
  void apply(const GoBack& command);
  void apply(const SetRate& command);
  void apply(const SetClip& command);
  void apply(const SetLabels& command);
  void apply(const SetPace& command);
  void apply(const SetProbe& command);
  void attempt(const std::function<void()>& act);
  void complain(std::string what);
  void tell(const std::string& what);
  void take(Opened opened);
  void fit_probe();
  void apply_rules_to_training();
  void need_training() const;

  // Training.
  void train(bool on);
  bool due() const { return pace_ <= 0 || Clock::now() >= next_update_; }
  void update();
  void measure_speed(std::uint64_t updates);
  void remember(const train::MetricsRow& row);
  void keep_to_go_back();
  void watch_held_out();
  bool all_overfit() const;

  // The training's time.
  const Moment& present();
  void keep_present();
  void leave(std::uint64_t from);
  void part_at(std::uint64_t update);
  void keep_best_of(Left& left);
  std::size_t bytes_of_branches() const;
  void lead_on(const Moment& from, std::vector<train::MetricsRow> metrics);
  void begin_time();
  void show_present();
  void share_budget();
  std::vector<ProbedModel> looked_at() const;
  std::uint64_t looked_at_update() const;

  // Looking.
  bool worth_reading() const;
  void stop_reading();
  void renew_history();
  void renew_snapshot();
  void describe(Snapshot& snapshot) const;
  void tell_losses_then(Snapshot& snapshot) const;
  std::shared_ptr<const KeptMoments> list_moments() const;
  std::shared_ptr<const observe::Past> past_of(std::size_t model, std::uint64_t observed) const;

  SessionOptions options_;
  Executor background_;
  std::unique_ptr<Opened> opened_;
  Probe probe_;
  std::optional<Command> announced_;
  std::string busy_;            // with what was announced
  std::uint64_t commands_ = 0;  // that came in

  bool training_ = false;
  std::optional<std::uint64_t> until_;
  double pace_ = 0;
  Clock::time_point next_update_{};
  std::vector<std::optional<double>> losses_, held_out_;
  std::optional<train::NotFinite> not_finite_;
  Moment good_, candidate_, present_;  // without a state: none
  std::vector<std::optional<train::HeldOutStanding>> standings_;
  std::optional<std::uint64_t> paused_at_;
  bool past_best_ = false;  // training goes on though the held-out loss has risen

  Moments moments_;
  std::shared_ptr<const KeptMoments> kept_moments_;  // as the snapshot has them
  std::shared_ptr<observe::Memo> of_models_;         // observe::Past::memo
  std::vector<Left> left_;
  std::optional<std::uint64_t> shown_update_;
  std::vector<std::shared_ptr<nn::Network<float>>> shown_networks_;

  Clock::time_point speed_from_{};
  std::uint64_t speed_update_ = 0;
  double speed_ = 0;

  bool watched_ = true;
  bool probe_due_ = false;    // asked for, not only grown older
  bool changed_ = false;      // something a snapshot shows
  bool history_due_ = false;  // updates that the history does not have
  std::shared_ptr<UnderWay> reading_;
  std::shared_ptr<const Readings> readings_;
  std::shared_ptr<const std::vector<views::Observation>> history_;
  std::uint64_t history_version_ = 0, version_ = 0, version_of_readings_ = 0, read_update_ = 0;
  Clock::time_point next_reading_{}, renewed_{}, history_made_{}, written_{};

  std::string problem_, probe_problem_, remark_, dropped_;
  std::uint64_t problem_number_ = 0, remark_number_ = 0, dropped_number_ = 0, dropped_by_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace gatescope::session
