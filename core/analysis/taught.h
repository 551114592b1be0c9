#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

/// Which step taught it: the gradient of the weights as a sum over steps, and how large each step's term is
/// [cashman2018].
namespace gatescope::analysis {

/// The terms of one block of weights: those of a product of the cell (core/nn/cell.h), of one source and one
/// receiver. dL/dM = Σ_t δ_t s_t^T with the receiver's pre-activation gradient δ_t and the source s_t (what
/// enters the layer, the state before the step, or another channel of it), so that a term's Frobenius norm is
/// ‖δ_t‖‖s_t‖; of weights that are cut into heads, those of the heads together.
struct TaughtTerm {
  int product = 0;                ///< in the cell's table
  int channel = 0;                ///< the receiver
  bool recurrent = false;         ///< from the layer's own channels, rather than from its input
  std::vector<double> norms;      ///< ‖δ_t s_t^T‖, (T)
  std::vector<double> truncated;  ///< the same where the gradient is cut at the borders; empty without them
  double total = 0;               ///< ‖Σ_t δ_t s_t^T‖
  double truncated_total = 0;
  /// The cosine of the angle between the two sums: 1 where truncated gradients lead the same way. NaN where
  /// one is nothing.
  double direction = 1;
};

struct Taught {
  int layer = 0;
  std::optional<Index> truncation;                       ///< steps between borders
  std::vector<Index> borders;                            ///< steps before which the gradient is cut, rising
  std::vector<TaughtTerm> terms;                         ///< in the order of the cell's products
  double total = 0, truncated_total = 0, direction = 1;  ///< of all the layer's products together
};

/// Of the gradients of the observation's trace: of the loss it was taken of. With a truncation K, the same
/// losses once more on the same weights and states, piece by piece of K steps, each from the state that the
/// one before it leaves but without a gradient through it, as training reads a stream. Throws Error for a
/// layer that does not exist, a truncation below 1, and one of a model that reads in both directions.
template <class S>
Taught taught(const observe::Observation<S>& observation, int layer, bool backward,
              std::optional<Index> truncation);

/// What enters the products of a layer with its input, (I, T): of characters without an embedding empty, as
/// each is a one-hot vector.
template <class S>
Matrix<S> layer_input(const nn::Network<S>& network, const trace::SequenceTrace<S>& text, int layer,
                      bool backward);

extern template Taught taught(const observe::Observation<float>&, int, bool, std::optional<Index>);
extern template Taught taught(const observe::Observation<double>&, int, bool, std::optional<Index>);

}  // namespace gatescope::analysis
