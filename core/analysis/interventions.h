#pragma once

#include <optional>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"
#include "core/trace/watch.h"

namespace gatescope::analysis {

/// The intervention map: each gate of a layer, all its units, closed or opened at one step alone, and by how
/// much the log probability of what was expected at a later step changes. Every cell was really run.
struct Interventions {
  Index step = 0;  ///< whose target it is
  int layer = 0;
  Index first = 0;         ///< the earliest step that was forced; what is before stays 0
  std::vector<int> gates;  ///< channels from 0 to 1, in the order of the cell's table, (G)
  Eigen::MatrixXd closed,
      opened;          ///< (G, step + 1): changes in nats, of log p(target); of values less squared error
  double without = 0;  ///< the log probability, or less the squared error, as it is
};

/// Why a model has none; empty where it has one.
std::string why_no_interventions(const nn::CellInfo& cell, const nn::ModelSpec& spec);

/// At a step, or without one the last at which something was expected; of a layer, none: the topmost. The
/// rules in force stay; a gate is set after them. A forced step is run by itself, and what follows it in
/// batches of kRunsTogether, whose entries are gates, values and steps: 2 G (step + 1) runs of half the steps
/// on average; of the last `most` steps, if given. Throws Error for a step or layer that does not exist, a
/// step at which nothing was expected, a cell without gates and a model that reads in both directions;
/// Stopped where the watch says so.
template <class S>
Interventions interventions(const observe::Observation<S>& observation, std::optional<Index> step,
                            std::optional<int> layer, trace::Watch* watch = nullptr,
                            std::optional<Index> most = {});
inline constexpr Index kRunsTogether = 128;

/// The step a question about one prediction is of: the chosen one, else the last with a target. Throws Error
/// for one that does not exist or at which nothing was expected.
template <class S>
Index predicted_step(const observe::Observation<S>& observation, std::optional<Index> step);

extern template Interventions interventions(const observe::Observation<float>&, std::optional<Index>,
                                            std::optional<int>, trace::Watch*, std::optional<Index>);
extern template Interventions interventions(const observe::Observation<double>&, std::optional<Index>,
                                            std::optional<int>, trace::Watch*, std::optional<Index>);
extern template Index predicted_step(const observe::Observation<float>&, std::optional<Index>);
extern template Index predicted_step(const observe::Observation<double>&, std::optional<Index>);

}  // namespace gatescope::analysis
