#pragma once

#include <vector>

#include "core/math/storage.h"
#include "core/math/types.h"

namespace gatescope::nn {

/// On which ways the gradient of the targets comes back to the sources.
enum class Ways { all, state, attention };

/// What an encoder-decoder computes beside its layers, over the steps of a trace: T of B entries, of which
/// the first S are the sources' and the others the targets'. Sources of other lengths end together, so that
/// every target begins at step S. Matrices are (rows, T*B) as a tape's are; columns of source steps have no
/// meaning where the target's are meant, and the other way round.
template <class S>
struct PairTape {
  Index start = 0;            // S
  Ways ways = Ways::all;      // of backward(), whose gradients of weights mean all of them
  std::vector<Index> begins;  // (B), the first step of each source; S where it is empty
  std::vector<int> read;      // (T*B), what was read: what was given, or in its place what it told itself

  Matrix<S> annotations, annotation_gradients;  // (E, S*B), what the encoder says of every source step
  Matrix<S> keys, key_gradients;                // (A, S*B), what queries are compared with
  Matrix<S> queries, query_gradients;           // (A, T*B)
  /// The weights of source steps, (S, T*B): as used, as they were without the rules on them, and the gradient
  /// of the loss by what was used. 0 before a source begins.
  Matrix<S> alpha, raw_alpha, alpha_gradients;
  Matrix<S> contexts, context_gradients;   // (E, T*B), Σ α h
  Matrix<S> inputs, input_gradients;       // of the lowest layer of the decoder
  Matrix<S> features, feature_gradients;   // what the read-out gets
  Matrix<S> attended, attended_gradients;  // (H, T*B): tanh(W [context; s]), and of what is in the brackets
  std::vector<Matrix<S>> crossing;  // (H, B) a layer: the hidden state that the bridge bends, tanh(W h)
  std::vector<Matrix<S>> crossed;   // and what it makes of it, before the rules on the bridge
  /// Of what crosses the bridge from where a layer of the encoder ended, one after the other, (width, B).
  std::vector<std::vector<Matrix<S>>> ended_gradients;
  /// What enters the decoder's layers above the lowest where some of it is dropped, (H, T*B) a layer, and by
  /// what it was multiplied, 0 or 1/(1-p); (0, 0) else.
  std::vector<Matrix<S>> between, masks;

  Matrix<S> compared, below, scratch;  // of single steps
  Vector<S> energy_gradients;
};

}  // namespace gatescope::nn
