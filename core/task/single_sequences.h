#pragma once

#include "core/math/rng.h"
#include "core/task/task.h"

namespace gatescope::task {

/// How many sequences there are, and which.
struct Data {
  Index batch = 32;  // sequences side by side
  Index held_out_batches = 8;
  std::uint64_t seed = 1;
};

/// A task that makes its sequences up. All have the same number of steps, none continues another, and each
/// depends on the seed, its part of the data (training or held out) and its number only.
class SingleSequences : public Task {
 public:
  const Outcome& outcome() const override {
    return interface().readout == nn::Readout::softmax ? kLabel : kValue;
  }
  std::uint64_t old_fingerprint() const override {
    return Rng{data_.seed, static_cast<std::uint64_t>(steps())}.bits();
  }
  void training_batch(std::uint64_t update, Batch& batch) const override { fill(0, update, batch); }
  Index held_out_batches() const override { return data_.held_out_batches; }
  void held_out_batch(Index number, Batch& batch) const override {
    fill(1, static_cast<std::uint64_t>(number), batch);
  }

 protected:
  explicit SingleSequences(const Data& data) : data_(data) {}

  std::uint64_t seed() const { return data_.seed; }
  /// T, of every sequence.
  virtual Index steps() const = 0;
  /// Writes a sequence of T steps. It comes in with its sizes; characters and values are 0, classes -1, and
  /// values are expected nowhere.
  virtual void write(Rng& rng, Sequence<float>& sequence) const = 0;

 private:
  void fill(std::uint64_t part, std::uint64_t number, Batch& batch) const;

  Data data_;
};

}  // namespace gatescope::task
