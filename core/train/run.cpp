#include "core/train/run.h"

#include <algorithm>
#include <span>

#include "core/checkpoint/model_file.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/files.h"

namespace gatescope::train {
namespace fs = std::filesystem;
namespace {

/// model.safetensors, or the cell's name where there are several models, numbered where several share a cell.
std::string file_name(const Trainer& trainer, std::size_t model) {
  if (trainer.models() == 1) return "model.safetensors";
  const std::string_view cell = trainer.network(model).cell().key;
  int number = 1;
  for (std::size_t m = 0; m < model; ++m) number += trainer.network(m).cell().key == cell;
  return number == 1 ? fmt::format("{}.safetensors", cell) : fmt::format("{}-{}.safetensors", cell, number);
}

}  // namespace

bool Run::step() {
  const auto start = Clock::now();
  if (!trainer_.step()) return false;
  const double characters =
      static_cast<double>(trainer_.characters_per_update()) * static_cast<double>(trainer_.models());
  const double speed = characters / std::max(1e-9, seconds_since(start));
  last_.resize(trainer_.models());
  for (std::size_t m = 0; m < last_.size(); ++m) {
    const UpdateReport& report = trainer_.reports()[m];
    last_[m].model = trainer_.network(m).spec().name;
    last_[m].update = trainer_.updates();
    last_[m].loss = report.loss;
    last_[m].held_out.reset();
    last_[m].exact_match.reset();
    last_[m].norm_before = report.norm_before;
    last_[m].norm_after = report.norm_after;
    last_[m].characters_per_second = speed;
    history_.add(last_[m]);
  }
  const std::uint64_t every = trainer_.experiment().training.evaluate_every;
  if (every > 0 && trainer_.updates() % every == 0) look_at_held_out();
  if (log_) log_->add(last_);
  return true;
}

void Run::look_at_held_out() {
  const auto measured = trainer_.held_out();
  for (std::size_t m = 0; m < last_.size(); ++m) {
    last_[m].held_out = measured[m];
    last_[m].exact_match = trainer_.exact_match()[m];
    if (measured[m]) history_.measure(last_[m].model, *measured[m], last_[m].exact_match);
  }
}

void Run::measure_held_out() {
  if (last_.size() < trainer_.models() || last_.back().held_out) return;
  look_at_held_out();
  if (log_) log_->change_last(last_);
}

std::vector<fs::path> Run::save(const fs::path& folder) {
  // The folder may come from others: its links are not followed.
  constexpr WriteOptions options{.sync = true, .follow_links = false};
  const std::uint64_t updates = trainer_.updates();
  try {
    checkpoint::write_safetensors(folder / kStateFile, trainer_.state(), options);
  } catch (const Error& error) {
    fail("{}{}", error.what(),
         saved_ ? fmt::format("; on the disk is the run up to update {} of {}", *saved_, updates) : "");
  }
  std::string problems;
  const auto attempt = [&](auto write) {
    try {
      write();
    } catch (const Error& error) {
      problems += fmt::format("{}; ", error.what());
    }
  };
  const nlohmann::json experiment = experiment::to_json(trainer_.experiment());
  std::vector<fs::path> models;
  for (std::size_t m = 0; m < trainer_.models(); ++m) {
    models.push_back(folder / file_name(trainer_, m));
    attempt([&] {
      auto file = checkpoint::model_file(trainer_.network(m), trainer_.task().vocabulary(), experiment);
      file.metadata["updates"] = std::to_string(updates);
      checkpoint::save_model(models.back(), file, options);
    });
  }
  attempt([&] { write_file(folder / kExperimentFile, experiment.dump(2) + "\n", options); });
  std::error_code code;
  if (fs::exists(folder / kExperimentFile, code)) saved_ = updates;
  attempt([&] { save_metrics(folder / kMetricsFile); });
  if (problems.empty()) return models;
  fail("{}{}", problems,
       saved_ == updates
           ? fmt::format("the state of update {} is on the disk, and --resume goes on from it", updates)
           : "without its experiment the run cannot be resumed");
}

void Run::save_metrics(const fs::path& file) {
  if (log_ && log_->file() == file) return log_->flush();
  const std::vector<MetricsRow> rows = history_.rows();
  if (!table_) {
    log_ = std::make_unique<MetricsLog>(file, rows, trainer_.task().interface().pairs);
    return;
  }
  fs::path kept;
  log_ = std::make_unique<MetricsLog>(file, *table_, &kept);
  if (std::string note = about(*table_, kept); !note.empty()) notes_.push_back(std::move(note));
  // Updates that were made before the run got this folder.
  for (auto from = std::ranges::upper_bound(rows, table_->update, {}, &MetricsRow::update);
       from != rows.end();) {
    const auto to = std::ranges::upper_bound(from, rows.end(), from->update, {}, &MetricsRow::update);
    log_->add(std::span<const MetricsRow>(&*from, static_cast<std::size_t>(to - from)));
    from = to;
  }
  table_.reset();
  log_->flush();
}

void Run::resume(const Continuation& from, const std::string& origin) {
  History history = history_of(from.metrics);
  trainer_.restore(from.state, origin);
  history.cut(trainer_.updates());
  history_ = std::move(history);
  last_.clear();
  for (const History::Model& model : history_.models())
    if (model.rows.back().update == trainer_.updates()) last_.push_back(model.rows.back());
  table_.reset();
  log_.reset();
}

void Run::resume(const fs::path& folder) {
  const fs::path state = folder / kStateFile;
  trainer_.restore(checkpoint::read_safetensors(state), state.string());
  std::vector<std::string> names;
  for (std::size_t m = 0; m < trainer_.models(); ++m) names.push_back(trainer_.network(m).spec().name);
  table_ = scan_table(folder / kMetricsFile, trainer_.updates(), names, trainer_.task().interface().pairs);
  history_ = table_->history;
  last_ = table_->last;
  log_.reset();
}

Continuation load_continuation(const fs::path& folder) {
  Continuation continuation{checkpoint::read_safetensors(folder / kStateFile), {}};
  History history;
  MetricsReader reader(
      [&](const MetricsRow& row) {
        const History::Model* model = history.find(row.model);
        if (!model || model->rows.back().update <= row.update) history.add(row);
      },
      [](std::uint64_t, const std::string&) {});
  try {
    read_through(folder / kMetricsFile, reader);
  } catch (const Error&) {
    // A training goes on without its past.
  }
  continuation.metrics = history.rows();
  return continuation;
}

}  // namespace gatescope::train
