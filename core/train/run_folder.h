#pragma once

#include <filesystem>
#include <optional>

#include "core/host/lock_file.h"

namespace gatescope::train {

/// The files in a run's folder, beside its models.
inline constexpr const char* kExperimentFile = "experiment.json";
inline constexpr const char* kMetricsFile = "metrics.csv";
inline constexpr const char* kStateFile = "training.safetensors";  // to go on from

/// A run's folder while this process writes to it: nobody else does. Reading it needs no lock. The lock is on
/// the file .lock, and goes with the process, however that ends.
class RunFolder {
 public:
  enum class Use {
    go_on,  // with the run that is there
    begin,  // a new one; the folder is made where it is missing
  };
  /// Locks the folder, and heals what a killed process left there. Throws Error that names who has the lock,
  /// or why the folder cannot be written to, or that it holds no run to go on with.
  RunFolder(std::filesystem::path path, Use use);
  RunFolder(RunFolder&&) noexcept = default;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();

  const std::filesystem::path& path() const { return path_; }
  /// False where the file system has no locks.
  bool locked() const;

  /// Moves the files of the run that is here into a new folder earlier-N, and returns that; none where there
  /// are none. One rename decides: before it all are here, after it all are there, and a process killed
  /// meanwhile leaves nothing that the next one does not put right. Other files stay. Throws Error that names
  /// the folders.
  std::optional<std::filesystem::path> set_aside();

 private:
  void lock(Use use);
  void heal() const;
  std::filesystem::path newest_earlier() const;

  std::filesystem::path path_;
  std::optional<host::LockFile> lock_;
};

}  // namespace gatescope::train
