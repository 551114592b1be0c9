#include "core/train/history.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace gatescope::train {
namespace {

using Rows = std::vector<MetricsRow>;

/// Of the rows from `begin` on, drops those that show nothing that the others do not. Thinning what was
/// thinned in parts gives the same as thinning all at once: each row that stays is the first with its value.
void thin(Rows& rows, std::size_t begin) {
  if (rows.size() - begin < 2) return;
  struct Range {
    double least = std::numeric_limits<double>::infinity(), greatest = -least;
    std::size_t low = std::numeric_limits<std::size_t>::max(), high = low;
    void take(double value, std::size_t at) {
      if (value < least) least = value, low = at;
      if (value > greatest) greatest = value, high = at;
    }
  } loss, norm, held_out;
  std::size_t measured = loss.low;
  for (std::size_t k = begin; k < rows.size(); ++k) {
    loss.take(rows[k].loss, k);
    norm.take(rows[k].norm_before, k);
    if (!rows[k].held_out) continue;
    held_out.take(*rows[k].held_out, k);
    measured = k;
  }
  const std::size_t last = rows.size() - 1;
  std::size_t to = begin;
  for (std::size_t k = begin; k <= last; ++k) {
    const bool stays = k == begin || k == last || k == loss.low || k == loss.high || k == norm.low ||
                       k == norm.high || k == held_out.low || k == held_out.high || k == measured;
    if (!stays) continue;
    if (to != k) rows[to] = std::move(rows[k]);
    ++to;
  }
  rows.resize(to);
}

/// Doubles the stretches until there is room for as many rows again.
void lengthen(History::Model& model) {
  while (model.rows.size() > History::kMostRows / 2) {
    model.stretch *= 2;
    model.tail = 0;
    Rows thinned;
    for (MetricsRow& row : model.rows) {
      if (!thinned.empty() && row.update / model.stretch != thinned.back().update / model.stretch) {
        thin(thinned, model.tail);
        model.tail = thinned.size();
      }
      thinned.push_back(std::move(row));
    }
    thin(thinned, model.tail);
    model.rows = std::move(thinned);
  }
}

}  // namespace

bool History::add(const MetricsRow& row) {
  auto model = std::ranges::find(models_, row.model, &Model::name);
  if (model == models_.end()) {
    if (models_.size() == kMostModels) return false;
    models_.push_back({row.model, {}, 1, 0});
    model = models_.end() - 1;
  }
  Rows& rows = model->rows;
  if (!rows.empty() && row.update / model->stretch != rows.back().update / model->stretch)
    model->tail = rows.size();
  rows.push_back(row);
  thin(rows, model->tail);
  if (rows.size() > kMostRows) lengthen(*model);
  return true;
}

void History::measure(const std::string& name, double held_out, std::optional<double> exact_match) {
  const auto model = std::ranges::find(models_, name, &Model::name);
  if (model == models_.end() || model->rows.empty()) return;
  model->rows.back().held_out = held_out;
  model->rows.back().exact_match = exact_match;
  thin(model->rows, model->tail);
}

void History::cut(std::uint64_t update) {
  for (Model& model : models_) {
    std::erase_if(model.rows, [&](const MetricsRow& row) { return row.update > update; });
    model.tail = 0;
    for (std::size_t k = 1; k < model.rows.size(); ++k) {
      if (model.rows[k].update / model.stretch != model.rows[k - 1].update / model.stretch) model.tail = k;
    }
  }
  std::erase_if(models_, [](const Model& model) { return model.rows.empty(); });
}

const History::Model* History::find(const std::string& name) const {
  const auto model = std::ranges::find(models_, name, &Model::name);
  return model == models_.end() ? nullptr : &*model;
}

std::vector<MetricsRow> History::rows() const {
  Rows all;
  for (const Model& model : models_) all.insert(all.end(), model.rows.begin(), model.rows.end());
  std::ranges::stable_sort(all, {}, &MetricsRow::update);
  return all;
}

History history_of(std::vector<MetricsRow> rows) {
  std::ranges::stable_sort(rows, {}, &MetricsRow::update);
  History history;
  for (const MetricsRow& row : rows) {
    if (!history.add(row)) fail("a table of metrics names more than {} models", History::kMostModels);
  }
  return history;
}

History read_history(const std::filesystem::path& file, std::uint64_t bytes) {
  History history;
  std::vector<MetricsRow> all;
  bool sorted = true;
  // A table that a spreadsheet sorted in another way has to be held whole.
  for (bool whole : {false, true}) {
    if (whole && sorted) break;
    MetricsReader* place = nullptr;
    MetricsReader reader(
        [&](const MetricsRow& row) {
          if (whole) return all.push_back(row);
          const History::Model* model = history.find(row.model);
          sorted = sorted && (!model || row.update >= model->rows.back().update);
          if (sorted && !history.add(row)) {
            fail("'{}': line {} names one more model, and {} are the most that can be shown", file.string(),
                 place->line(), History::kMostModels);
          }
        },
        [&](std::uint64_t line, const std::string& why) {
          fail("'{}': line {} cannot be read: {}", file.string(), line, why);
        });
    place = &reader;
    read_through(file, reader, bytes);
  }
  return sorted ? history : history_of(std::move(all));
}

}  // namespace gatescope::train
