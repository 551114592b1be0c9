#include "core/train/run.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "core/checkpoint/model_file.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/files.h"

namespace gatescope::train {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kHeader =
    "model,update,loss_nats,bits_per_character,perplexity,held_out_nats,held_out_bits,gradient_norm,"
    "gradient_norm_clipped,characters_per_second\n";

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t to = std::min(line.find(separator, from), line.size());
    fields.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return fields;
}

template <class N>
bool read_number(std::string_view text, N& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size();
}

/// model.safetensors, or the cell's name where there are several models, numbered where several share a cell.
std::string file_name(const Trainer& trainer, std::size_t model) {
  if (trainer.models() == 1) return "model.safetensors";
  const std::string_view cell = trainer.network(model).cell().key;
  int number = 1;
  for (std::size_t m = 0; m < model; ++m) number += trainer.network(m).cell().key == cell;
  return number == 1 ? fmt::format("{}.safetensors", cell) : fmt::format("{}-{}.safetensors", cell, number);
}

/// Whether a run writes files of this name.
bool is_of_a_run(const fs::path& name) {
  if (name == kExperimentFile || name == kMetricsFile) return true;
  if (name.extension() != ".safetensors") return false;
  const std::string stem = name.stem().string();
  const std::string cell = stem.substr(0, stem.find('-'));
  return stem == "model" || stem == "training" ||
         std::ranges::any_of(nn::all_cells(), [&](const nn::CellInfo* info) { return info->key == cell; });
}

/// The copy of a piped text that belongs to the run in this folder; empty where there is none.
std::string own_text_in(const fs::path& folder) {
  try {
    const auto experiment = experiment::load_experiment(folder / kExperimentFile);
    return experiment::is_own_copy(experiment.task) ? experiment.task.text : std::string();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::string metrics_csv(const std::vector<MetricsRow>& rows) {
  std::string csv(kHeader);
  auto out = std::back_inserter(csv);
  for (const MetricsRow& row : rows) {
    fmt::format_to(out, "{},{},{},{},{},", row.model, row.update, row.loss, row.loss / std::numbers::ln2,
                   std::exp(row.loss));
    if (row.held_out)
      fmt::format_to(out, "{},{},", *row.held_out, *row.held_out / std::numbers::ln2);
    else
      csv += ",,";
    fmt::format_to(out, "{},{},{:.0f}\n", row.norm_before, row.norm_after, row.characters_per_second);
  }
  return csv;
}

std::vector<MetricsRow> parse_metrics(std::string_view csv, const std::string& origin) {
  if (!csv.starts_with(kHeader)) fail("'{}': line 1 is not the header of a metrics table", origin);
  std::vector<MetricsRow> rows;
  int number = 1;
  csv.remove_prefix(kHeader.size());
  while (!csv.empty()) {
    ++number;
    const std::string_view line = csv.substr(0, csv.find('\n'));
    csv.remove_prefix(std::min(csv.size(), line.size() + 1));
    const auto fields = split(line, ',');
    MetricsRow row;
    double held_out = 0;
    const bool measured = fields.size() == 10 && !fields[5].empty();
    if (fields.size() != 10 || !read_number(fields[1], row.update) || !read_number(fields[2], row.loss) ||
        (measured && !read_number(fields[5], held_out)) || !read_number(fields[7], row.norm_before) ||
        !read_number(fields[8], row.norm_after) || !read_number(fields[9], row.characters_per_second)) {
      fail("'{}': line {} is not a row of 10 numbers as the header names them", origin, number);
    }
    row.model = fields[0];
    if (measured) row.held_out = held_out;
    rows.push_back(std::move(row));
  }
  return rows;
}

bool Run::step() {
  const auto start = Clock::now();
  if (!trainer_.step()) return false;
  const double characters =
      static_cast<double>(trainer_.characters_per_update()) * static_cast<double>(trainer_.models());
  const double speed = characters / std::max(1e-9, seconds_since(start));
  for (std::size_t m = 0; m < trainer_.models(); ++m) {
    const UpdateReport& report = trainer_.reports()[m];
    metrics_.push_back({trainer_.network(m).spec().name,
                        trainer_.updates(),
                        report.loss,
                        {},
                        report.norm_before,
                        report.norm_after,
                        speed});
  }
  const std::uint64_t every = trainer_.experiment().training.evaluate_every;
  if (every > 0 && trainer_.updates() % every == 0) measure_held_out();
  return true;
}

void Run::measure_held_out() {
  const std::size_t models = trainer_.models();
  if (metrics_.size() < models || metrics_.back().held_out) return;
  const auto measured = trainer_.held_out();
  for (std::size_t m = 0; m < models; ++m) metrics_[metrics_.size() - models + m].held_out = measured[m];
}

std::vector<MetricsRow> Run::last() const {
  const std::size_t models = std::min(trainer_.models(), metrics_.size());
  return {metrics_.end() - static_cast<std::ptrdiff_t>(models), metrics_.end()};
}

std::vector<fs::path> Run::save(const fs::path& folder) const {
  const nlohmann::json experiment = experiment::to_json(trainer_.experiment());
  std::vector<fs::path> models;
  for (std::size_t m = 0; m < trainer_.models(); ++m) {
    const auto& network = trainer_.network(m);
    models.push_back(folder / file_name(trainer_, m));
    auto file = checkpoint::model_file(network, trainer_.task().vocabulary(), experiment);
    file.metadata["updates"] = std::to_string(trainer_.updates());
    checkpoint::save_model(models.back(), file);
  }
  write_file(folder / kExperimentFile, experiment.dump(2) + "\n");
  write_file(folder / kMetricsFile, metrics_csv(metrics_));
  checkpoint::write_safetensors(folder / kStateFile, trainer_.state());
  return models;
}

void Run::resume(const Continuation& from, const std::string& origin) {
  trainer_.restore(from.state, origin);
  metrics_ = from.metrics;
  std::erase_if(metrics_, [&](const MetricsRow& row) { return row.update > trainer_.updates(); });
}

void Run::resume(const fs::path& folder) {
  resume(load_continuation(folder), (folder / kStateFile).string());
}

Continuation load_continuation(const fs::path& folder) {
  const fs::path table = folder / kMetricsFile;
  return {checkpoint::read_safetensors(folder / kStateFile), parse_metrics(read_file(table), table.string())};
}

std::optional<fs::path> set_aside(const fs::path& folder) {
  std::error_code code;
  if (!fs::exists(folder / kExperimentFile, code)) return std::nullopt;
  fs::path aside;
  for (int number = 1; aside.empty() || fs::exists(aside, code); ++number)
    aside = folder / fmt::format("earlier-{}", number);
  const std::string own_text = own_text_in(folder);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file(code) &&
        (is_of_a_run(entry.path().filename()) || entry.path().filename() == own_text))
      files.push_back(entry.path());
  }
  fs::create_directory(aside, code);
  for (const fs::path& file : files) {
    if (!code) fs::rename(file, aside / file.filename(), code);
  }
  if (code)
    fail("the run in '{}' cannot be moved to '{}': {}", folder.string(), aside.string(), code.message());
  return aside;
}

}  // namespace gatescope::train
