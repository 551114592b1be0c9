#pragma once

#include <memory>
#include <string>

#include "core/series/windows.h"
#include "core/task/single_sequences.h"

namespace gatescope::task {

/// The next row of a series from the rows so far, scaled. Sequences to learn from begin anywhere before the
/// split; of those held out only the horizon is scored, which lies behind it.
class Forecasting final : public Task {
 public:
  static constexpr Index kMostOrigins = 256;  ///< held-out sequences; of more, as many far apart alike

  /// `name` says what makes up the series. Of `data` the number of batches is not asked for.
  Forecasting(const Data& data, std::string name, std::shared_ptr<const series::Windows> windows);

  nn::Interface interface() const override {
    return {nn::InputKind::values, windows_->inputs(), nn::Readout::linear, windows_->outputs()};
  }
  const Outcome& outcome() const override { return kValue; }
  /// That of the naive forecast, one row ahead, over the same rows as the loss.
  std::optional<double> chance() const override;
  std::string_view chance_name() const override { return "naive"; }
  std::string fingerprint() const override;
  std::uint64_t old_fingerprint() const override { return 0; }
  void training_batch(std::uint64_t update, Batch& batch) const override;
  Index held_out_batches() const override;
  void held_out_batch(Index number, Batch& batch) const override;
  std::optional<Index> held_out_count() const override { return std::ssize(origins_); }
  std::shared_ptr<const series::Windows> series() const override { return windows_; }

 private:
  void begin(Batch& batch) const;
  void write(Index first, Index scored_from, Index entry, Batch& batch) const;

  Data data_;
  std::string name_;
  std::shared_ptr<const series::Windows> windows_;
  std::vector<Index> origins_;
};

}  // namespace gatescope::task
