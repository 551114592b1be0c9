#pragma once

#include "core/task/single_sequences.h"

namespace gatescope::task {

/// Temporal order, experiment 6a of Hochreiter & Schmidhuber [hochreiter1997]: among random distractors a b c
/// d stand two symbols, each X or Y, near a tenth and near the middle of the sequence; at its end the network
/// names their order (XX, XY, YX or YY). Sequences begin with B and end with E, all have `length` steps; only
/// the last step is scored.
class TemporalOrder final : public SingleSequences {
 public:
  /// `length` is 10 or more. Throws Error for others.
  TemporalOrder(const Data& data, Index length);

  nn::Interface interface() const override { return {nn::InputKind::characters, 8, nn::Readout::softmax, 4}; }
  std::vector<std::string> vocabulary() const override { return {"a", "b", "c", "d", "X", "Y", "B", "E"}; }
  std::vector<std::string> classes() const override { return {"XX", "XY", "YX", "YY"}; }
  std::string fingerprint() const override;

 private:
  Index steps() const override { return length_; }
  void write(Rng& rng, Sequence<float>& sequence) const override;

  Index length_;
};

}  // namespace gatescope::task
