// Whatever a program made of a table: rows are read or told line by line, in whichever pieces it comes, and
// what was read is written and read back the same.
#include <algorithm>

#include "core/train/metrics.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

struct Read {
  std::vector<train::MetricsRow> rows;
  std::vector<std::uint64_t> bad;
  bool plain = false;
};

Read read(std::string_view table, std::size_t piece) {
  Read read;
  std::uint64_t end = 0;
  train::MetricsReader* at = nullptr;
  train::MetricsReader reader(
      [&](const train::MetricsRow& row) {
        fuzz::require(
            end <= at->line_begin() && at->line_begin() < at->line_end() && at->line_end() <= table.size(),
            "a row's line lies in the table, behind the one before");
        end = at->line_end();
        read.rows.push_back(row);
      },
      [&](std::uint64_t line, const std::string& why) {
        fuzz::require_one_line(Error(why));
        read.bad.push_back(line);
      });
  at = &reader;
  for (std::string_view rest = table; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
    reader.read(rest.substr(0, piece));
  reader.finish();
  read.plain = reader.plain();
  return read;
}

/// Tables are compared as they are written, where not even NaN differs from itself. A table may name no
/// models.
std::string table_of(std::vector<train::MetricsRow> rows) {
  for (train::MetricsRow& row : rows)
    if (row.model.empty()) row.model = "unnamed";
  return train::metrics_csv(rows);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view table = fuzz::text_of(data, size);
  const Read whole = read(table, std::max<std::size_t>(1, size));
  const std::string written = table_of(whole.rows);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const Read pieces = read(table, piece);
    fuzz::require(table_of(pieces.rows) == written && pieces.bad == whole.bad && pieces.plain == whole.plain,
                  "pieces of a table mean what the whole does");
  }

  const Read again = read(written, 64);
  fuzz::require(again.bad.empty() && again.plain, "a table of ours is read whole");
  fuzz::require(table_of(again.rows) == written, "a table reads back the same");
  for (std::size_t k = 0; k < whole.rows.size(); ++k)
    fuzz::require(
        whole.rows[k].model.empty() || again.rows[k].model == train::name_in_table(whole.rows[k].model),
        "a model keeps its name");

  try {
    const auto rows = train::parse_metrics(table, "fuzz.csv");
    fuzz::require(whole.bad.empty() && table_of(rows) == written, "all rows are right, or it is an error");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    fuzz::require(!whole.bad.empty(), "where a line is bad, it is told");
  }

  // A name from an experiment may be anything.
  const train::MetricsRow named{std::string(table.substr(0, 64)), 3, 0.1, 0.2, 0.3, 0.4, 5};
  if (named.model.find_first_not_of(" \n\r\t") != std::string::npos) {
    const auto rows = train::parse_metrics(train::metrics_csv({named}), "named.csv");
    fuzz::require(rows.size() == 1 && rows[0].model == train::name_in_table(named.model),
                  "any name is read back");
  }
  return 0;
}
