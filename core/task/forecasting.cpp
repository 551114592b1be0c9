#include "core/task/forecasting.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/task/symbols.h"

namespace gatescope::task {

Forecasting::Forecasting(const Data& data, std::string name, std::shared_ptr<const series::Windows> windows)
    : data_(data),
      name_(std::move(name)),
      windows_(std::move(windows)),
      origins_(windows_->origins(kMostOrigins)) {}

std::string Forecasting::fingerprint() const {
  return fmt::format("{}, seed {}", name_, data_.seed);
}

std::optional<double> Forecasting::chance() const {
  double sum = 0;
  Index count = 0;
  const Index horizon = windows_->cut().horizon;
  for (Index k = 0; k < std::ssize(origins_) * horizon; ++k) {
    const Index row = origins_[static_cast<std::size_t>(k / horizon)] + k % horizon;
    if (!windows_->scored(row)) continue;
    for (Index v = 0; v < windows_->outputs(); ++v) {
      const Index c = windows_->told(v);
      const double last = windows_->filled(row - 1, c);
      const double off = static_cast<double>(windows_->read(row)[static_cast<std::size_t>(c)]) -
                         windows_->scale(c).scaled(last, last);
      sum += off * off;
      ++count;
    }
  }
  return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

void Forecasting::begin(Batch& batch) const {
  const Index count = windows_->steps() * data_.batch;
  batch.steps = windows_->steps();
  batch.size = data_.batch;
  batch.continues = false;
  batch.tokens.clear();
  batch.classes.clear();
  batch.values.assign(static_cast<std::size_t>(count * windows_->inputs()), 0.0F);
  batch.target_values.assign(static_cast<std::size_t>(count * windows_->outputs()), 0.0F);
  batch.scored.assign(static_cast<std::size_t>(count), char{0});
}

/// The rows from `first` on; those to be told are scored from that row on.
void Forecasting::write(Index first, Index scored_from, Index entry, Batch& batch) const {
  for (Index t = 0; t < batch.steps; ++t) {
    const Index column = t * batch.size + entry, next = first + t + 1;
    std::ranges::copy(windows_->read(first + t), batch.values.begin() + column * windows_->inputs());
    const auto row = windows_->read(next);
    for (Index v = 0; v < windows_->outputs(); ++v)
      batch.target_values[static_cast<std::size_t>(column * windows_->outputs() + v)] =
          row[static_cast<std::size_t>(windows_->told(v))];
    batch.scored[static_cast<std::size_t>(column)] = next >= scored_from && windows_->scored(next);
  }
}

void Forecasting::training_batch(std::uint64_t update, Batch& batch) const {
  begin(batch);
  for (Index b = 0; b < batch.size; ++b) {
    Rng rng{data_.seed, 0, update, static_cast<std::uint64_t>(b)};
    write(windows_->first_of(below(rng, windows_->sequences())), 0, b, batch);
  }
}

Index Forecasting::held_out_batches() const {
  return (std::ssize(origins_) + data_.batch - 1) / data_.batch;
}

void Forecasting::held_out_batch(Index number, Batch& batch) const {
  begin(batch);
  // Sequence 0, 1, ... of a task is entry 0 of each batch, then entry 1 of each, and so on: these go on in
  // time.
  for (Index b = 0; b < batch.size; ++b) {
    const Index k = b * held_out_batches() + number;
    if (k >= std::ssize(origins_)) break;  // the rest is scored nowhere
    const Index origin = origins_[static_cast<std::size_t>(k)];
    write(origin - windows_->cut().window, origin, b, batch);
  }
}

}  // namespace gatescope::task
