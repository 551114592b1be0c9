#include "core/train/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <utility>

#include "core/error.h"
#include "core/host/process.h"
#include "core/in_quotes.h"
#include "core/number_from_chars.h"

namespace gatescope::train {
namespace {

constexpr std::string_view kHeader =
    "model,update,loss_nats,bits_per_character,perplexity,held_out_nats,held_out_bits,gradient_norm,"
    "gradient_norm_clipped,characters_per_second\n";
constexpr std::string_view kHeaderOfPairs =
    "model,update,loss_nats,bits_per_character,perplexity,held_out_nats,held_out_bits,gradient_norm,"
    "gradient_norm_clipped,characters_per_second,exact_match\n";
constexpr std::size_t kLongestLine = 1 << 16;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

template <class N>
bool read_whole(std::string_view text, N& number) {
  const auto [end, code] = number_from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size();
}

/// With a decimal point or comma.
bool read_number(std::string_view text, double& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (read_whole(text, number)) return true;
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || text.find('.') != std::string_view::npos) return false;
  std::string point(text);
  point[comma] = '.';
  return read_whole(std::string_view(point), number);
}

/// Whole; some programs write 120.0.
bool read_count(std::string_view text, std::uint64_t& number) {
  if (text.ends_with(".0") || text.ends_with(",0")) text.remove_suffix(2);
  return read_whole(text, number);
}

}  // namespace

std::string_view metrics_header(bool of_pairs) {
  return of_pairs ? kHeaderOfPairs : kHeader;
}

std::string name_in_table(std::string name) {
  std::ranges::replace_if(
      name, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return name;
}

const std::string* model_of(const MetricsRow& row, std::span<const std::string> names) {
  if (names.size() == 1) return names.data();
  const auto named = std::ranges::find_if(
      names, [&](const std::string& name) { return name == row.model || name_in_table(name) == row.model; });
  return named == names.end() ? nullptr : &*named;
}

void append_row(std::string& csv, const MetricsRow& row, bool of_pairs) {
  auto out = std::back_inserter(csv);
  const std::string name = name_in_table(row.model);
  const bool quotes = name.find_first_of(",;\"'") != std::string::npos || trimmed(name).size() != name.size();
  if (quotes) csv += '"';
  for (const char c : name) {
    if (quotes && c == '"') csv += '"';
    csv += c;
  }
  if (quotes) csv += '"';
  fmt::format_to(out, ",{},{},{},{},", row.update, row.loss, row.loss / std::numbers::ln2,
                 std::exp(row.loss));
  if (row.held_out)
    fmt::format_to(out, "{},{},", *row.held_out, *row.held_out / std::numbers::ln2);
  else
    csv += ",,";
  fmt::format_to(out, "{},{},{:.0f}", row.norm_before, row.norm_after, row.characters_per_second);
  if (of_pairs) csv += ',';
  if (of_pairs && row.exact_match) fmt::format_to(out, "{}", *row.exact_match);
  csv += '\n';
}

std::string metrics_csv(const std::vector<MetricsRow>& rows) {
  return metrics_csv(
      rows, std::ranges::any_of(rows, [](const MetricsRow& row) { return row.exact_match.has_value(); }));
}

std::string metrics_csv(const std::vector<MetricsRow>& rows, bool of_pairs) {
  std::string csv(metrics_header(of_pairs));
  for (const MetricsRow& row : rows) append_row(csv, row, of_pairs);
  return csv;
}

void MetricsReader::read(std::string_view piece) {
  while (!piece.empty()) {
    if (after_return_ && piece[0] == '\n') {
      piece.remove_prefix(1);
      ++position_;
      line_begin_ = position_;
    }
    after_return_ = false;
    const std::size_t length = piece.find_first_of("\r\n");
    const std::string_view part = piece.substr(0, length);
    if (text_.size() + part.size() > kLongestLine)
      too_long_ = true;
    else
      text_ += part;
    position_ += part.size();
    if (length == std::string_view::npos) return;
    after_return_ = piece[length] == '\r';
    plain_ = plain_ && !after_return_;
    ++position_;
    piece.remove_prefix(length + 1);
    end_line();
  }
}

void MetricsReader::finish() {
  if (!text_.empty() || too_long_) {
    torn_ = true;
    const bool plain = plain_;
    end_line();
    plain_ = plain;
  }
  if (!has_header_) on_bad_(1, "the table is empty, expected the header of a metrics table");
}

void MetricsReader::end_line() {
  ++line_;
  if (line_ == 1 && text_.starts_with("\xEF\xBB\xBF")) {
    text_.erase(0, 3);
    plain_ = false;
  }
  if (too_long_) {
    plain_ = false;
    on_bad_(line_, "it is longer than any row of a metrics table");
    has_header_ = true;
  } else if (trimmed(text_).empty()) {
    plain_ = false;  // an empty line
  } else if (!has_header_ && text_.size() == 5 && text_.starts_with("sep=")) {
    plain_ = false;  // what a spreadsheet is told
  } else if (has_header_ || !take_header()) {
    take_row();
  }
  text_.clear();
  too_long_ = false;
  line_begin_ = position_;
}

/// False: it is no header, and may be a row of a table that lost it.
bool MetricsReader::take_header() {
  has_header_ = true;
  if (std::string_view(text_) == kHeader.substr(0, kHeader.size() - 1)) return true;
  if (std::string_view(text_) == kHeaderOfPairs.substr(0, kHeaderOfPairs.size() - 1)) {
    columns_[exact_match] = width_++;
    return true;
  }
  plain_ = false;
  for (const char other : {';', '\t', '|'})
    if (std::ranges::count(text_, other) > std::ranges::count(text_, separator_)) separator_ = other;
  split();
  constexpr std::array<std::string_view, kColumns> names{"model",
                                                         "update",
                                                         "loss_nats",
                                                         "held_out_nats",
                                                         "gradient_norm",
                                                         "gradient_norm_clipped",
                                                         "characters_per_second",
                                                         "exact_match"};
  std::size_t found[kColumns];
  for (std::size_t c = 0; c < kColumns; ++c) {
    const auto same = [&](std::string_view field) {
      return std::ranges::equal(field, names[c], [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
      });
    };
    const auto place = std::ranges::find_if(fields_, same);
    found[c] = place == fields_.end() ? kAbsent : static_cast<std::size_t>(place - fields_.begin());
  }
  if (found[update] != kAbsent && found[loss] != kAbsent) {
    std::ranges::copy(found, columns_);
    width_ = fields_.size();
    return true;
  }
  on_bad_(line_, "it is not the header of a metrics table, which names the columns update and loss_nats");
  // Perhaps the line alone is damaged, or gone and this is a row.
  separator_ = ',';
  split();
  std::uint64_t number = 0;
  const bool of_pairs = fields_.size() == width_ + 1;
  const bool is_row = (of_pairs || fields_.size() == width_) && read_count(fields_[update], number);
  if (is_row && of_pairs) columns_[exact_match] = width_++;
  return !is_row;
}

void MetricsReader::take_row() {
  split();
  if (std::ranges::all_of(fields_, [](std::string_view field) { return field.empty(); })) {
    plain_ = false;  // a spreadsheet's empty line
    return;
  }
  if (const std::string why = what_is_wrong(); !why.empty()) {
    plain_ = false;
    on_bad_(line_, why);
    return;
  }
  plain_ = plain_ && fields_.size() == width_;
  on_row_(row_);
}

/// Fills the row; empty where nothing is wrong.
std::string MetricsReader::what_is_wrong() {
  while (fields_.size() > width_ && fields_.back().empty()) fields_.pop_back();
  if (fields_.size() > width_)
    return fmt::format("it has {} values, expected {} as the header names them", fields_.size(), width_);
  const auto field = [&](Column column) {
    const std::size_t place = columns_[column];
    return place < fields_.size() ? fields_[place] : std::string_view();
  };
  const auto wrong = [&](Column column, std::string_view what) {
    if (field(column).empty())
      return fmt::format("it has no {}, expected {} values as the header names them", what, width_);
    return fmt::format("its {} is {}, expected a number", what, in_quotes(field(column), 40));
  };
  row_.model = field(model);
  if (columns_[model] != kAbsent && row_.model.empty()) return wrong(model, "model");
  if (!read_count(field(update), row_.update)) return wrong(update, "update");
  const auto number = [&](Column column, double& value) {
    value = std::nan("");
    return columns_[column] == kAbsent || read_number(field(column), value);
  };
  if (!number(loss, row_.loss)) return wrong(loss, "loss");
  if (!number(norm_before, row_.norm_before)) return wrong(norm_before, "gradient norm");
  if (!number(norm_after, row_.norm_after)) return wrong(norm_after, "clipped gradient norm");
  if (!number(speed, row_.characters_per_second)) return wrong(speed, "number of characters per second");
  row_.held_out.reset();
  row_.exact_match.reset();
  double value = 0;
  if (!field(held_out).empty()) {
    if (!read_number(field(held_out), value)) return wrong(held_out, "held-out loss");
    row_.held_out = value;
  }
  if (!field(exact_match).empty()) {
    if (!read_number(field(exact_match), value)) return wrong(exact_match, "exact match");
    row_.exact_match = value;
  }
  return {};
}

/// The line's fields; what stands in quotes may hold separators.
void MetricsReader::split() {
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(text_.size());  // views of it stay valid
  const std::string_view text = text_;
  for (std::size_t at = 0; at <= text.size();) {
    if (at < text.size() && text[at] == '"') {
      const std::size_t begin = unquoted_.size();
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"' && (at + 1 >= text.size() || text[at + 1] != '"')) break;
        if (text[at] == '"') ++at;
        unquoted_ += text[at];
      }
      fields_.push_back(std::string_view(unquoted_).substr(begin));
      at = std::min(text.find(separator_, at), text.size()) + 1;
      continue;
    }
    const std::size_t end = std::min(text.find(separator_, at), text.size());
    fields_.push_back(trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
}

void read_through(const std::filesystem::path& file, MetricsReader& reader, std::uint64_t bytes) {
  std::error_code code;
  const auto status = std::filesystem::status(file, code);
  if (!std::filesystem::exists(status)) fail("'{}': no such file", file.string());
  if (!std::filesystem::is_regular_file(status)) fail("'{}' is not a regular file", file.string());
  std::ifstream in(file, std::ios::binary);
  std::string piece(1 << 18, '\0');
  while (bytes > 0 && in) {
    in.read(piece.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(bytes, piece.size())));
    const auto count = static_cast<std::size_t>(in.gcount());
    reader.read(std::string_view(piece).substr(0, count));
    bytes -= count;
  }
  if (bytes > 0 && !in.eof()) fail("'{}' cannot be read", file.string());
  reader.finish();
}

std::uint64_t size_of_table(const std::filesystem::path& file) {
  std::uint64_t size = 0;
  // A row may be on its way to the disk; one that stays half is told by whoever reads it.
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (attempt > 0) host::pause(std::chrono::milliseconds(10));
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    const std::streamoff end = in.tellg();
    if (!in || end <= 0) return 0;
    size = static_cast<std::uint64_t>(end);
    in.seekg(-1, std::ios::end);
    if (in.get() == '\n') break;
  }
  return size;
}

std::vector<MetricsRow> parse_metrics(std::string_view csv, const std::string& origin) {
  std::vector<MetricsRow> rows;
  MetricsReader reader([&](const MetricsRow& row) { rows.push_back(row); },
                       [&](std::uint64_t line, const std::string& why) {
                         fail("'{}': line {} cannot be read: {}", origin, line, why);
                       });
  reader.read(csv);
  reader.finish();
  return rows;
}

}  // namespace gatescope::train
