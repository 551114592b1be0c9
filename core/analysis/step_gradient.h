#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/nn/network.h"

/// One step of a layer backwards, derived in double from the formulas in the cell's table (nn::Formula). It
/// knows no cell, and, unlike the cells' own backward passes, it can be asked by which channels a gradient
/// came.
namespace gatescope::analysis {

/// Rows: the numbers of a channel. Columns: gradients that travel beside each other.
using Gradients = Eigen::ArrayXXd;

/// A part of the gradient of a state before a step: what came through the first channel of the step that it
/// enters, there directly or by recurrent weights.
struct EnteredBy {
  int channel = 0;
  int state = 0;
  Gradients part;
};

/// A parameter of units as formulas ask for it (FormulaSource::of_units).
template <class S>
Eigen::ArrayXd parameter_of_units(const nn::Network<S>& network, int layer, bool backward, int parameter,
                                  int column, Index rows);

template <class S>
class StepGradient {
 public:
  /// Of one direction of a layer, on a tape of one text (B = 1) under the rules that were in force. The
  /// network and the tape outlive it.
  StepGradient(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
               std::span<const nn::ForceRule> rules, int layer);
  ~StepGradient();

  /// The gradients of all states before step t from those after it (and that of the output, where it is no
  /// state): total derivatives, of which what passed within the step is a part. A pair of channel and state
  /// stands there once.
  std::vector<EnteredBy> back(Index t, const std::map<int, Gradients>& after) const;
  /// What a gradient of the output of step t is of the memory of step t: the same where that is the output.
  Gradients to_memory(Index t, const Gradients& of_output) const;

  /// The channels by which the memory and the output enter the next step, in the cell's order.
  const std::vector<int>& entrances() const;
  /// The states that gradients are taken of: all that are the cell's own.
  const std::vector<int>& states() const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

extern template class StepGradient<float>;
extern template class StepGradient<double>;

}  // namespace gatescope::analysis
