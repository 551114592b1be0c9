#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <system_error>

#include "core/clock.h"
#include "core/host/growing_file.h"
#include "core/train/history.h"

namespace gatescope::train {

/// What a run's table holds up to an update.
struct TableScan {
  std::filesystem::path file;
  std::uint64_t update = 0;
  std::vector<std::string> models;
  History history;
  std::vector<MetricsRow> last;  // of the update itself
  std::vector<MetricsRow> rows;  // all of them, but only where they are not in their order

  // To go on appending: where the rows up to the update end, and where those of the update begin, in bytes.
  std::uint64_t end = 0, last_begin = 0;
  bool appendable = false;
  bool damaged = true;  // or changed by another program: not as Gatescope writes it

  std::uint64_t count = 0, bad = 0, first_bad = 0;
  std::string why;        // what is wrong with the first bad line, or with the file
  bool exists = false;    // and could be read
  bool of_pairs = false;  // rows have an exact match; an older table of pairs is written anew with it
};

/// Reads what can be read of the table up to an update of these models. Nothing is thrown for a table that is
/// damaged or missing.
TableScan scan_table(const std::filesystem::path& file, std::uint64_t update,
                     std::span<const std::string> models, bool of_pairs = false);
/// What a person should know of it, in one line; empty where everything is right. `kept`: where the table is
/// that was written anew.
std::string about(const TableScan& scan, const std::filesystem::path& kept);

/// The table in a run's folder. It only grows: rows are gathered in memory and appended every few seconds.
/// Nothing here throws for a disk that is full while training goes on; rows wait then.
class MetricsLog {
 public:
  /// Throws Error that names the file.
  /// A new table.
  MetricsLog(const std::filesystem::path& file, const std::vector<MetricsRow>& rows, bool of_pairs = false);
  /// Goes on with a table up to the scan's update. A damaged one is kept beside it, as metrics-damaged-N.csv;
  /// `kept` says where. The scan may be of another folder's table, which stays as it is.
  MetricsLog(const std::filesystem::path& file, const TableScan& scan, std::filesystem::path* kept);
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;
  /// Appends what waits, if it can.
  ~MetricsLog();

  /// The rows of one update.
  void add(std::span<const MetricsRow> rows);
  /// The rows of the last update have changed.
  void change_last(std::span<const MetricsRow> rows);
  /// Appends what waits. Throws Error that names the file.
  void flush();

  const std::filesystem::path& file() const { return file_; }

 private:
  std::error_code append();
  void restore();

  std::filesystem::path file_;
  bool of_pairs_;
  std::optional<host::GrowingFile> table_;  // none until it is begun
  std::string waiting_;
  std::uint64_t written_ = 0;     // bytes in the file
  std::uint64_t last_begin_ = 0;  // where the last update's rows begin, in the file or beyond it
  std::uint64_t lost_ = 0;        // rows for which there was no room anywhere
  Clock::time_point appended_ = Clock::now();
};

}  // namespace gatescope::train
