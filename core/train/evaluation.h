#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/nn/network.h"
#include "core/task/task.h"

namespace gatescope::train {

/// Of pairs: how well it does where it reads its own answers in place of the truth. Whole targets are as
/// often right as with the truth, for up to the first error both read the same; what differs is what comes
/// after it.
struct FreeRunning {
  double exact_match = 0, accuracy = 0;
  std::vector<std::optional<double>> accuracies;  // one a position
  std::vector<Index> first_errors;                // of how many sequences the first error is at a position
  /// How much of what comes after a first error is right: with its own answers before, and with the truth.
  /// How far an error leads away is what the two differ by [ranzato2016].
  std::optional<double> after_error, after_error_told;
};

/// How well a network does on all held-out data of a task.
struct Evaluation {
  /// The same of one step of the sequences, of those that are scored there.
  struct Position {
    Index step = 0, scored = 0;
    double loss = 0;
    std::optional<double> accuracy;
  };

  Index scored = 0;                   // steps
  double loss = 0;                    // mean over these; nats, squared error
  std::optional<double> accuracy;     // of classes: the share of steps whose likeliest class is the right one
  Index sequences = 0;                // of single ones, those with a scored step; a stream has none
  std::optional<double> exact_match;  // the share of sequences in which all of these are right
  std::vector<Position> positions;    // the steps at which single sequences are scored

  std::optional<FreeRunning> free_running;  // of pairs, whose positions count from the target's first step
  struct Length {
    Index source = 0, sequences = 0;
    double exact_match = 0;
  };
  std::vector<Length> lengths;  // of sources, the shortest first
};

/// Throws Error for a network that reads or tells something else than the task.
void check_fits(const nn::Interface& ours, const task::Task& task);

/// Reads it batch by batch. `goes_on` is asked before each; where it says no there is no evaluation. Throws
/// Error for a network that reads or tells something else than the task.
std::optional<Evaluation> evaluate(const nn::Network<float>& network, const task::Task& task,
                                   const std::function<bool(Index done, Index of)>& goes_on = {});

}  // namespace gatescope::train
