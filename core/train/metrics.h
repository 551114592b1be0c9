#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The table of a training: one row an update and model.
namespace gatescope::train {

/// One line of metrics.csv.
struct MetricsRow {
  std::string model;
  std::uint64_t update = 0;
  double loss = 0;  // nats a scored step (squared error for a linear read-out)
  std::optional<double> held_out;
  double norm_before = 0, norm_after = 0;
  double characters_per_second = 0;  // of all models together, in this update
  std::optional<double> exact_match =
      {};  // of pairs: the share of held-out targets that are right as a whole
};

/// The first line of the table, with its line break. That of pairs has one column more, the last one.
std::string_view metrics_header(bool of_pairs = false);
/// Appends a row's line. Numbers read back the same; bits are nats / ln 2, perplexity is exp(nats).
void append_row(std::string& csv, const MetricsRow& row, bool of_pairs = false);
/// The whole table; of pairs where a row has an exact match.
std::string metrics_csv(const std::vector<MetricsRow>& rows);
std::string metrics_csv(const std::vector<MetricsRow>& rows, bool of_pairs);
/// A model's name as it stands in a table: on one line.
std::string name_in_table(std::string name);
/// Which of the models a row is of, or null. That of a single model may have been renamed since, or its table
/// may name none.
const std::string* model_of(const MetricsRow& row, std::span<const std::string> names);

/// Reads a table piece by piece: as Gatescope writes it, or as a spreadsheet saved it (a byte order mark, any
/// line ends, commas, semicolons or tabs, decimal commas, quotes, other or additional columns in any order).
/// A line that cannot be read is told and passed over.
class MetricsReader {
 public:
  using OnRow = std::function<void(const MetricsRow&)>;
  /// The line's number, from 1, and what is wrong with it.
  using OnBad = std::function<void(std::uint64_t line, const std::string& why)>;
  MetricsReader(OnRow on_row, OnBad on_bad) : on_row_(std::move(on_row)), on_bad_(std::move(on_bad)) {}

  void read(std::string_view piece);
  /// The end of the table: the last line may lack its line break.
  void finish();

  /// For on_row: where its line begins and ends, in bytes from the beginning.
  std::uint64_t line_begin() const { return line_begin_; }
  std::uint64_t line_end() const { return position_; }
  std::uint64_t line() const { return line_; }
  /// Whether every line with its line break is as Gatescope writes it, so that rows can be appended.
  bool plain() const { return plain_; }
  /// Whether its header is that of pairs.
  bool of_pairs() const { return columns_[exact_match] != kAbsent; }
  /// Whether the last line had no line break.
  bool torn() const { return torn_; }

 private:
  enum Column { model, update, loss, held_out, norm_before, norm_after, speed, exact_match, kColumns };
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

  void end_line();
  bool take_header();
  void take_row();
  void split();
  std::string what_is_wrong();

  OnRow on_row_;
  OnBad on_bad_;
  std::string text_, unquoted_;
  std::vector<std::string_view> fields_;
  std::size_t columns_[kColumns] = {0, 1, 2, 5, 7, 8, 9, kAbsent};
  std::size_t width_ = 10;
  char separator_ = ',';
  MetricsRow row_;
  std::uint64_t position_ = 0, line_begin_ = 0, line_ = 0;
  bool after_return_ = false, has_header_ = false, plain_ = true, torn_ = false, too_long_ = false;
};

inline constexpr std::uint64_t kWhole = std::numeric_limits<std::uint64_t>::max();

/// Sends a file of any size, or its first `bytes`, through a reader. Throws Error that names it where it
/// cannot be read.
void read_through(const std::filesystem::path& file, MetricsReader& reader, std::uint64_t bytes = kWhole);
/// The bytes of a table now. A training may be appending to it: what there is later begins with these.
std::uint64_t size_of_table(const std::filesystem::path& file);

/// All rows of a table. Throws Error that names the first line that cannot be read.
std::vector<MetricsRow> parse_metrics(std::string_view csv, const std::string& origin);

}  // namespace gatescope::train
