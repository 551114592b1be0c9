#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "core/nn/layer_tape.h"
#include "core/nn/pair_tape.h"

namespace gatescope::nn {

/// All a network computes over one sequence of T steps and B entries, forward and backward: every channel of
/// every layer, what enters the layers above, the outputs and the loss. The trainer's scratch and a view's
/// data are this.
template <class S>
struct Trace {
  Index steps = 0, batch = 0;

  /// Layer 0 forward, layer 0 backward where there is one, layer 1 forward, ..., the decoder's layers.
  std::vector<LayerTape<S>> tapes;

  /// What enters a layer where that is not just the hidden state below it: an embedding, two directions,
  /// dropout; (I, T*B) each, empty otherwise. `masks` are the dropout factors, 0 or 1/(1-p).
  std::vector<Storage<S>> inputs, input_gradients, masks;
  Storage<S> backward_share;  // what the backward direction adds to an input's gradient, (I, T*B)

  /// What the read-out sees, where that is not just what leaves the stack: a norm of it, (E, T*B).
  StoredMatrix<S> normed, normed_gradients;

  StoredMatrix<S> outputs;           // (V, T*B), logits or values
  StoredMatrix<S> output_gradients;  // (V, T*B)
  Vector<S> loss;                    // (T*B), nats or squared error; NaN where a step is not scored
  double total_loss = 0;             // the sum over scored steps
  Index scored = 0;

  /// Of an encoder-decoder; empty otherwise.
  PairTape<S> pair;
  /// Whether its decoder reads what it told itself in place of what is given, whatever rules say of it; none:
  /// as they say. Before forward().
  std::optional<bool> feeds_itself = {};

  /// How many classes, the first ones, are read and never told: of pairs kFill and kStart.
  Index never_told = 0;

  /// The likeliest of the classes that a column can tell: what is written, and what feeds itself.
  Index likeliest(Index column) const {
    Index best = 0;
    outputs.col(column).tail(outputs.rows() - never_told).maxCoeff(&best);
    return never_told + best;
  }

  /// Whether what a training can do without is left out (KeptValues::all), where no rule acts; given before
  /// its size.
  bool lean = false;

  /// Where what is large lies instead of in memory, for a trace of a long text; given before its size.
  std::shared_ptr<FileMemory> file = {};

  /// Calls work(first, count) for the columns of the outputs and inputs piece by piece, each so many numbers
  /// high, and gives the memory of each back where there is a file. Without one it is one piece.
  template <class Work>
  void in_pieces(Index height, Work work) const {
    in_pieces(height, {0, steps}, work);
  }
  /// The same for the columns of some of the steps.
  template <class Work>
  void in_pieces(Index height, const StepRange& range, Work work) const {
    const Index columns = range.count * batch, from = range.first * batch;
    const Index size =
        file ? piece_steps(sizeof(S) * static_cast<std::size_t>(height)) : std::max<Index>(1, columns);
    for (Index first = 0; first < columns; first += size) {
      work(from + first, std::min(size, columns - first));
      if (file) file->release();
    }
  }
};

}  // namespace gatescope::nn
