#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/model_spec.h"
#include "core/nn/readout.h"
#include "core/series/windows.h"
#include "core/task/outcome.h"
#include "core/task/sequence.h"

namespace gatescope::task {

/// T steps of B sequences: what goes in and what should come out. Characters or values, classes or values, as
/// the task's Interface says. Time is the outer block: entry t*B + b. Memory is kept from batch to batch.
struct Batch {
  Index steps = 0, size = 0;
  std::vector<int> tokens;           // (T*B), for characters
  std::vector<float> values;         // (I, T*B), for values
  std::vector<int> classes;          // (T*B), for softmax; -1 where a step is not scored
  std::vector<float> target_values;  // (V, T*B), for linear
  std::vector<char> scored;          // (T*B), for linear
  bool continues = false;            // the sequences go on where the batch before this one ended
  Index scored_steps() const;
};

/// Where batches come from. A batch depends on its number and the seed only, so that a stopped run can go on,
/// and all models of a race see the same.
class Task {
 public:
  virtual ~Task() = default;

  virtual nn::Interface interface() const = 0;
  /// One UTF-8 string for each character of the input; empty for values.
  virtual std::vector<std::string> vocabulary() const { return {}; }
  /// One UTF-8 string for each class of the output where they have names.
  virtual std::vector<std::string> classes() const { return {}; }
  /// What its steps are called and how they are scored.
  virtual const Outcome& outcome() const { return outcome_of(interface()); }

  /// The mean loss (nats, squared error) of the best answer that looks at nothing that went in; nothing where
  /// the task does not know it.
  virtual std::optional<double> chance() const { return std::nullopt; }
  /// What that is called: "chance", or the forecast it is of.
  virtual std::string_view chance_name() const { return "chance"; }

  /// Of a task that forecasts, its series; else null.
  virtual std::shared_ptr<const series::Windows> series() const { return nullptr; }

  /// Of a task of pairs, itself, for as long as it is looked at; else null.
  virtual std::shared_ptr<const Task> pairs() const { return nullptr; }

  /// Of a text the SHA-256 of its characters; else what makes up the data. Other data have another one: a run
  /// goes on only with the data it began with.
  virtual std::string fingerprint() const = 0;
  /// What states of older versions have instead: for a text it tells the characters' numbers only.
  virtual std::uint64_t old_fingerprint() const = 0;

  /// Training batch number `update`, from 0.
  virtual void training_batch(std::uint64_t update, Batch& batch) const = 0;

  /// Held-out data: batches 0 ... held_out_batches() - 1, each of which may continue the one before; as many
  /// sequences side by side as in training.
  virtual Index held_out_batches() const = 0;
  virtual void held_out_batch(Index number, Batch& batch) const = 0;
  /// How many sequences they are, where the last batches are not full: their entries are filled in turn,
  /// entry 0 of each batch first.
  virtual std::optional<Index> held_out_count() const { return std::nullopt; }
  /// Whether sequences are of different lengths: what stands behind the last scored step fills a batch only.
  virtual bool is_padded() const { return false; }
  /// The character that stands before shorter sequences and fills a batch only.
  virtual std::optional<int> filling() const { return std::nullopt; }
};

/// How many held-out sequences a task of single sequences has.
std::uint64_t held_out_sequences(const Task& task);
/// Takes away what stands behind the last step at which something is expected.
void take_padding_away(Sequence<float>& sequence);
/// One of them; beyond the last they begin again.
Sequence<float> held_out_sequence(const Task& task, std::uint64_t number);

}  // namespace gatescope::task
