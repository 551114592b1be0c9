#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/train/trainer.h"

namespace gatescope::train {

/// One line of metrics.csv.
struct MetricsRow {
  std::string model;
  std::uint64_t update = 0;
  double loss = 0;  // nats a scored step (squared error for a linear read-out)
  std::optional<double> held_out;
  double norm_before = 0, norm_after = 0;
  double characters_per_second = 0;  // of all models together, in this update
};

/// The table with a header; numbers read back the same. Bits are nats / ln 2, perplexity is exp(nats).
std::string metrics_csv(const std::vector<MetricsRow>& rows);
/// Reads it back; throws Error that names the line.
std::vector<MetricsRow> parse_metrics(std::string_view csv, const std::string& origin);

/// Where a run goes on from.
struct Continuation {
  checkpoint::Safetensors state;  // what Trainer::state() gave
  std::vector<MetricsRow> metrics;
};

/// The files in a run's folder, beside its models.
inline constexpr const char* kExperimentFile = "experiment.json";
inline constexpr const char* kMetricsFile = "metrics.csv";
inline constexpr const char* kStateFile = "training.safetensors";  // to go on from

/// Where the run in this folder stopped. Throws Error that names the file.
Continuation load_continuation(const std::filesystem::path& folder);

/// A run in its folder: experiment.json, metrics.csv, training.safetensors to go on from, and
/// model.safetensors (one CELL.safetensors a model where there are several).
class Run {
 public:
  Run(const experiment::Experiment& experiment, std::shared_ptr<const task::Task> task, int threads)
      : trainer_(experiment, std::move(task), threads) {}

  Trainer& trainer() { return trainer_; }
  const Trainer& trainer() const { return trainer_; }
  const std::vector<MetricsRow>& metrics() const { return metrics_; }

  /// One update, its metrics, and a look at the held-out data where the experiment asks for it. False: not
  /// finite.
  bool step();
  /// A look at the held-out data now, unless the last update had one.
  void measure_held_out();
  /// Rows of the last update.
  std::vector<MetricsRow> last() const;

  /// Writes the folder, each file whole or not at all. Returns the models' files.
  std::vector<std::filesystem::path> save(const std::filesystem::path& folder) const;
  /// Goes on from a trainer's state and the metrics up to it; later rows are dropped. Throws Error that names
  /// the origin; nothing is changed then.
  void resume(const Continuation& from, const std::string& origin);
  /// Goes on where the run in this folder stopped. Throws Error that names the file.
  void resume(const std::filesystem::path& folder);

 private:
  Trainer trainer_;
  std::vector<MetricsRow> metrics_;
};

/// Moves what a run left in this folder into a subfolder of its own and returns that; none where there is
/// nothing.
std::optional<std::filesystem::path> set_aside(const std::filesystem::path& folder);

}  // namespace gatescope::train
