#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/train/metrics_log.h"
#include "core/train/run_folder.h"
#include "core/train/trainer.h"

namespace gatescope::train {

/// Where a run goes on from.
struct Continuation {
  checkpoint::Safetensors state;    // what Trainer::state() gave
  std::vector<MetricsRow> metrics;  // of a long run, those that its history keeps
};

/// Where the run in this folder stopped; of its metrics, what can be read. Throws Error that names the file.
Continuation load_continuation(const std::filesystem::path& folder);

/// A run in its folder: training.safetensors to go on from, model.safetensors (one CELL.safetensors a model
/// where there are several), experiment.json, and metrics.csv.
class Run {
 public:
  Run(const experiment::Experiment& experiment, std::shared_ptr<const task::Task> task, int threads)
      : trainer_(experiment, std::move(task), threads) {}

  Trainer& trainer() { return trainer_; }
  const Trainer& trainer() const { return trainer_; }
  const History& history() const { return history_; }
  /// The history's rows: every update's of a short run.
  std::vector<MetricsRow> metrics() const { return history_.rows(); }

  /// One update, its metrics, and a look at the held-out data where the experiment asks for it. False: not
  /// finite.
  bool step();
  /// A look at the held-out data now, unless the last update had one.
  void measure_held_out();
  /// Rows of the last update.
  const std::vector<MetricsRow>& last() const { return last_; }

  /// Writes the folder, each file whole or not at all, and no link in it is followed: the state first, then
  /// the models, the experiment, and the metrics. From the first time on, every update's row goes to this
  /// folder's metrics.csv. A file that cannot be written does not keep the others from being written. Returns
  /// the models' files; throws Error that says what is on the disk and what is not. It can be called again.
  std::vector<std::filesystem::path> save(const std::filesystem::path& folder);
  /// The update whose state is on the disk; none before the first.
  std::optional<std::uint64_t> saved_update() const { return saved_; }
  /// Goes on from a trainer's state and the metrics up to it; later rows are dropped. Throws Error that names
  /// the origin; nothing is changed then.
  void resume(const Continuation& from, const std::string& origin);
  /// Goes on where the run in this folder stopped, whatever became of its metrics. Throws Error that names
  /// the file.
  void resume(const std::filesystem::path& folder);
  /// What a person should know of the metrics, since the last call: one line each.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

 private:
  void look_at_held_out();
  void save_metrics(const std::filesystem::path& file);

  Trainer trainer_;
  History history_;
  std::vector<MetricsRow> last_;
  std::optional<TableScan> table_;   // of the folder that it goes on from, until it is saved
  std::unique_ptr<MetricsLog> log_;  // once it was saved
  std::optional<std::uint64_t> saved_;
  std::vector<std::string> notes_;
};

}  // namespace gatescope::train
