#include "core/train/metrics_log.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "core/error.h"
#include "core/files.h"

namespace gatescope::train {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostWaiting = 1 << 16;             // bytes
constexpr std::size_t kMostKept = std::size_t{64} << 20;  // bytes, while the disk is full
constexpr double kBetweenAppends = 2;                     // seconds

}  // namespace

TableScan scan_table(const fs::path& file, std::uint64_t update, std::span<const std::string> models,
                     bool of_pairs) {
  TableScan scan;
  scan.of_pairs = of_pairs;
  scan.file = file;
  scan.update = update;
  scan.models.assign(models.begin(), models.end());
  MetricsReader* place = nullptr;
  bool sorted = true, whole = false;
  std::uint64_t before = 0;
  const auto bad = [&](std::uint64_t line, const std::string& why) {
    if (whole || ++scan.bad > 1) return;
    scan.first_bad = line;
    scan.why = why;
  };
  const auto take = [&](const MetricsRow& row) {
    const std::string* model = model_of(row, scan.models);
    if (!model) return bad(place->line(), fmt::format("there is no model '{}'", row.model));
    sorted = sorted && row.update >= before;
    before = row.update;
    if (row.update > update) return;
    MetricsRow named = row;
    named.model = *model;
    if (whole) return scan.rows.push_back(std::move(named));
    ++scan.count;
    scan.end = place->line_end();
    if (row.update == update) {
      if (scan.last.empty()) scan.last_begin = place->line_begin();
      if (scan.last.size() < models.size()) scan.last.push_back(named);
    }
    if (sorted) scan.history.add(named);
  };
  for (const bool again : {false, true}) {
    if (again && sorted) break;
    whole = again;
    MetricsReader reader(take, bad);
    place = &reader;
    try {
      read_through(file, reader);
    } catch (const Error& error) {
      scan.why = error.what();
      return scan;
    }
    if (again) continue;
    // The row that a killed process was writing is none that is missed, if it is beyond the update.
    const bool cut = reader.torn() && scan.bad == 1 && scan.first_bad == reader.line() && before >= update;
    if (cut) scan.bad = 0;
    scan.exists = true;
    std::error_code code;
    const auto status = fs::symlink_status(file, code);
    scan.damaged = scan.bad > 0 || !reader.plain() || !sorted;
    // Who has the file under a second name has a copy that is to stay as it is.
    scan.appendable = !scan.damaged && reader.of_pairs() == of_pairs && fs::is_regular_file(status) &&
                      fs::hard_link_count(file, code) == 1 && (!reader.torn() || cut || before > update);
    if (scan.count == 0) scan.end = metrics_header(reader.of_pairs()).size();
    if (scan.last.empty()) scan.last_begin = scan.end;
  }
  if (!sorted) {
    std::ranges::stable_sort(scan.rows, {}, &MetricsRow::update);
    scan.history = history_of(scan.rows);
    scan.last.clear();
    for (const MetricsRow& row : scan.rows)
      if (row.update == update && scan.last.size() < models.size()) scan.last.push_back(row);
  }
  return scan;
}

std::string about(const TableScan& scan, const fs::path& kept) {
  const std::string aside =
      kept.empty() ? "" : fmt::format("; the file as it was is now '{}'", kept.filename().string());
  if (!scan.exists)
    return fmt::format("{}: training goes on without the history before update {}{}", scan.why, scan.update,
                       aside);
  if (scan.bad > 0) {
    return fmt::format(
        "'{}': {} of its lines could not be read (line {}: {}): training goes on with the {} rows that "
        "could{}",
        scan.file.string(), scan.bad, scan.first_bad, scan.why, scan.count, aside);
  }
  std::uint64_t newest = 0;
  for (const History::Model& model : scan.history.models())
    newest = std::max(newest, model.rows.back().update);
  if (newest < scan.update) {
    return fmt::format(
        "'{}' ends at update {}, the training's state is that of update {}: the rows between are missing{}",
        scan.file.string(), newest, scan.update, aside);
  }
  if (kept.empty()) return {};
  return fmt::format("'{}' was changed by another program: its {} rows could be read, and are written anew{}",
                     scan.file.string(), scan.count, aside);
}

MetricsLog::MetricsLog(const fs::path& file, const std::vector<MetricsRow>& rows, bool of_pairs)
    : file_(file), of_pairs_(of_pairs) {
  const std::string csv = metrics_csv(rows, of_pairs);
  write_file(file_, csv, {.sync = false, .follow_links = false});
  written_ = last_begin_ = csv.size();
  std::string last;
  for (auto row = rows.rbegin(); row != rows.rend() && row->update == rows.back().update; ++row)
    append_row(last, *row, of_pairs);
  last_begin_ -= last.size();
  table_.emplace(file_);
}

MetricsLog::MetricsLog(const fs::path& file, const TableScan& scan, fs::path* kept)
    : file_(file), of_pairs_(scan.of_pairs) {
  std::error_code code;
  const bool in_place = fs::equivalent(file, scan.file, code);
  if (in_place && scan.appendable) {
    written_ = scan.end;
    last_begin_ = scan.last_begin;
    table_.emplace(file_);
    if (const auto reason = table_->cut(written_))
      fail("'{}' cannot be written: {}", file_.string(), reason.message());
    return;
  }
  // What cannot be read stays; so does what a spreadsheet made of the table.
  const bool regular = fs::is_regular_file(fs::symlink_status(file, code));
  if (scan.damaged && regular && fs::file_size(file, code) > 0) {
    fs::path aside;
    for (int number = 1; aside.empty() || fs::exists(fs::symlink_status(aside)); ++number)
      aside = file.parent_path() / fmt::format("metrics-damaged-{}.csv", number);
    fs::create_hard_link(file, aside, code);
    if (code) fs::copy_file(file, aside, code);
    if (code) fail("'{}' cannot be kept as '{}': {}", file.string(), aside.string(), code.message());
    if (kept) *kept = aside;
  }
  const bool readable = scan.exists && scan.rows.empty();
  write_file(file_,
             [&](std::ostream& out) {
               const auto send = [&](const MetricsRow& row) {
                 std::string line;
                 append_row(line, row, of_pairs_);
                 if (row.update < scan.update) last_begin_ += line.size();
                 written_ += line.size();
                 out << line;
               };
               out << metrics_header(of_pairs_);
               written_ = last_begin_ = metrics_header(of_pairs_).size();
               for (const MetricsRow& row : scan.rows) send(row);
               if (!readable) return;
               MetricsReader reader(
                   [&](const MetricsRow& row) {
                     const std::string* model = model_of(row, scan.models);
                     if (row.update > scan.update || !model) return;
                     MetricsRow named = row;
                     named.model = *model;
                     send(named);
                   },
                   [](std::uint64_t, const std::string&) {});
               read_through(scan.file, reader);
             },
             {.sync = false, .follow_links = false});
  table_.emplace(file_);
}

MetricsLog::~MetricsLog() {
  append();
}

void MetricsLog::add(std::span<const MetricsRow> rows) {
  if (waiting_.size() > kMostKept) {
    lost_ += rows.size();
    return;
  }
  last_begin_ = written_ + waiting_.size();
  for (const MetricsRow& row : rows) append_row(waiting_, row, of_pairs_);
  const bool much = waiting_.size() >= kMostWaiting;
  const double since = seconds_since(appended_);
  // A full disk is not asked again and again.
  if (since >= kBetweenAppends || (much && waiting_.size() < 2 * kMostWaiting)) append();
}

void MetricsLog::change_last(std::span<const MetricsRow> rows) {
  if (last_begin_ >= written_) {
    waiting_.resize(static_cast<std::size_t>(last_begin_ - written_));
  } else {
    if (table_->cut(last_begin_)) return;
    waiting_.clear();
    written_ = last_begin_;
  }
  for (const MetricsRow& row : rows) append_row(waiting_, row, of_pairs_);
}

void MetricsLog::flush() {
  restore();
  std::error_code reason = append();
  if (!reason) reason = table_->sync();
  if (reason) fail("'{}' cannot be written: {}", file_.string(), reason.message());
  if (const auto lost = std::exchange(lost_, 0); lost > 0)
    fail("'{}' lacks {} rows: the disk was full for too long", file_.string(), lost);
}

/// Where somebody removed or replaced the file, the rows so far can still be read.
void MetricsLog::restore() {
  if (table_->is_at(file_)) return;
  write_file(file_,
             [&](std::ostream& out) {
               table_->read([&](std::string_view piece) {
                 out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
               });
             },
             {.sync = false, .follow_links = false});
  table_.emplace(file_);
}

/// What was written is written: the rest waits and follows where it stopped.
std::error_code MetricsLog::append() {
  appended_ = Clock::now();
  std::size_t done = 0;
  const auto reason = table_->append(waiting_, done);
  waiting_.erase(0, done);
  written_ += done;
  return reason;
}

}  // namespace gatescope::train
