#pragma once

#include "core/math/rng.h"
#include "core/task/task.h"

namespace gatescope::task {

/// Temporal order, experiment 6a of Hochreiter & Schmidhuber [hochreiter1997]: among random distractors a b c
/// d stand two symbols, each X or Y, near a tenth and near the middle of the sequence; at its end the network
/// names their order (XX, XY, YX or YY). Sequences begin with B and end with E, all have `length` steps; only
/// the last step is scored.
class TemporalOrder final : public Task {
 public:
  struct Options {
    Index batch = 32;
    Index length = 50;  // steps; 10 or more
    Index held_out_batches = 8;
    std::uint64_t seed = 1;
  };

  explicit TemporalOrder(const Options& options);

  nn::Interface interface() const override { return {nn::InputKind::characters, 8, nn::Readout::softmax, 4}; }
  std::vector<std::string> vocabulary() const override { return {"a", "b", "c", "d", "X", "Y", "B", "E"}; }
  std::vector<std::string> classes() const override { return {"XX", "XY", "YX", "YY"}; }
  std::string fingerprint() const override;
  std::uint64_t old_fingerprint() const override {
    return Rng{options_.seed, static_cast<std::uint64_t>(options_.length)}.bits();
  }
  void training_batch(std::uint64_t update, Batch& batch) const override { fill(0, update, batch); }
  Index held_out_batches() const override { return options_.held_out_batches; }
  void held_out_batch(Index number, Batch& batch) const override {
    fill(1, static_cast<std::uint64_t>(number), batch);
  }

 private:
  void fill(std::uint64_t part, std::uint64_t number, Batch& batch) const;

  Options options_;
};

}  // namespace gatescope::task
