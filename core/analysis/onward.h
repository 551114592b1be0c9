#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/nn/plan.h"
#include "core/nn/trace.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// Why a model cannot be let go on from the middle of a text; empty where it can.
std::string why_not_onward(const nn::ModelSpec& spec);

/// B copies of an observation's model, each with a state of its own, that stand somewhere in what it read and
/// go on from there a step at a time, under the same rules: what would have been if a state, a gate or a
/// character had been another one.
template <class S>
class Onward {
 public:
  /// `rules` are in force besides the observation's, after them. The observation outlives it. Throws Error
  /// for a model that reads in both directions, and where nothing was read.
  Onward(const observe::Observation<S>& observation, Index entries,
         std::span<const nn::ForceRule> rules = {});

  Index entries() const { return entries_; }
  int layers() const { return static_cast<int>(layers_.size()); }

  /// All entries of that layer, or of all layers, stand where the text stands before step t, in [0, T].
  void stand_before(int layer, Index t);
  void stand_before(Index t);
  /// What entry n holds of every layer's states and outputs, from another one of another model's copies.
  void take(Index n, const Onward& from, Index other);
  /// The values of a state or of the output of a layer, (width, B), as they are now; to be changed.
  MatrixView<S> values(int layer, int channel);
  /// What leaves that layer at step t, before which it stands no longer, of its hidden states as they are
  /// now.
  void leave(int layer, Index t);

  /// The characters, (B), or values, (I, B), that the next step reads: those of the text at step t.
  void read(Index t);
  std::vector<int>& characters() { return characters_; }
  Matrix<S>& inputs() { return inputs_; }
  /// Step t of the layers from this one on; those below stand as they are, their outputs too. Of layer 0
  /// after read().
  void step(Index t, int from = 0);
  /// The loss at step t, (B), nats or squared error, of the topmost outputs as they are now; NaN where
  /// nothing was expected.
  const Vector<S>& losses(Index t);
  /// The network's outputs of the last losses() of a step at which something was expected, (V, B).
  const StoredMatrix<S>& outputs() const { return outputs_.outputs; }

 private:
  struct OfLayer {
    std::unique_ptr<nn::Layer<S>> layer;
    nn::Plan<S> plan;
    nn::LayerTape<S> tape;  // one step
  };

  const nn::LayerTape<S>& tape(int layer) const { return text_->trace.tapes[layer]; }

  const observe::Observation<S>& observation_;
  const trace::SequenceTrace<S>* text_;
  Index entries_;
  std::vector<OfLayer> layers_;
  std::vector<int> held_;  // channels: the states, and the output; all, where it is made of several
  std::vector<int> characters_, classes_;
  std::vector<char> scored_;
  std::vector<S> expected_;
  Matrix<S> inputs_;
  nn::Trace<S> outputs_;
};

extern template class Onward<float>;
extern template class Onward<double>;

}  // namespace gatescope::analysis
