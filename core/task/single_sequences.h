#pragma once

#include <optional>
#include <string>
#include <vector>

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
  nn::Interface interface() const final { return interface_; }
  std::vector<std::string> vocabulary() const final { return vocabulary_; }
  std::vector<std::string> classes() const final { return classes_; }
  const Outcome& outcome() const final {
    return interface_.readout == nn::Readout::softmax ? kLabel : kValue;
  }
  std::optional<double> chance() const final { return chance_; }
  std::string fingerprint() const final;
  std::uint64_t old_fingerprint() const final {
    return Rng{data_.seed, static_cast<std::uint64_t>(steps_)}.bits();
  }
  void training_batch(std::uint64_t update, Batch& batch) const final { fill(0, update, batch); }
  Index held_out_batches() const final { return data_.held_out_batches; }
  void held_out_batch(Index number, Batch& batch) const final {
    fill(1, static_cast<std::uint64_t>(number), batch);
  }

 protected:
  /// Of characters with labels, `steps` of each sequence. `name` says what makes up the data besides the
  /// seed. Without `chance` all classes are as likely as each other.
  SingleSequences(const Data& data, std::string name, Index steps, std::vector<std::string> vocabulary,
                  std::vector<std::string> classes, std::optional<double> chance = {});
  /// Of values.
  SingleSequences(const Data& data, std::string name, Index steps, const nn::Interface& interface,
                  double chance);

 private:
  /// Writes a sequence of T steps. It comes in with its sizes; characters and values are 0, classes -1, and
  /// values are expected nowhere.
  virtual void write(Rng& rng, Sequence<float>& sequence) const = 0;
  void fill(std::uint64_t part, std::uint64_t number, Batch& batch) const;

  Data data_;
  std::string name_;
  Index steps_;
  nn::Interface interface_;
  std::vector<std::string> vocabulary_, classes_;
  double chance_;
};

}  // namespace gatescope::task
