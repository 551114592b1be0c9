#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/nn/network.h"
#include "core/task/task.h"

namespace gatescope::train {

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
};

/// Throws Error for a network that reads or tells something else than the task.
void check_fits(const nn::Interface& ours, const task::Task& task);

/// Reads it batch by batch. `goes_on` is asked before each; where it says no there is no evaluation. Throws
/// Error for a network that reads or tells something else than the task.
std::optional<Evaluation> evaluate(const nn::Network<float>& network, const task::Task& task,
                                   const std::function<bool(Index done, Index of)>& goes_on = {});

}  // namespace gatescope::train
