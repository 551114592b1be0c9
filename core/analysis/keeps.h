#pragma once

#include "core/nn/cell.h"
#include "core/nn/layer_tape.h"

/// Keeps over a text: which steps count and how their logarithms are taken, the same for time constants, the
/// clock and orders of units.
namespace gatescope::analysis {

/// The first step of a text, in the layer's own order, whose keep counts. The keep of step 0 acts on what was
/// there before the text, which is nothing; where a normaliser shares the memory out it is 0 by design.
inline constexpr Index kFirstKeep = 1;

/// The same of a tape that may rest before it begins, as of an encoder-decoder (NaN): the first step that was
/// computed counts where something was in the memory before it, as what crossed a bridge.
Index first_keep(const nn::LayerTape<float>& tape);

/// A smaller keep counts as this where its logarithm is taken: a closed gate is a long way to being forgotten
/// and not an endless one.
inline constexpr double kLeastKeep = 1e-6;

/// ln max(|keep|, kLeastKeep); NaN of NaN.
double logarithm_of_keep(double keep);

/// The geometric mean of keeps, those that are not finite left out.
class MeanKeep {
 public:
  void add(double keep);
  /// −1 / mean ln keep in steps: infinite where everything stays, NaN where no keep was added.
  double time_constant() const;

 private:
  double sum_ = 0;  // of logarithms
  Index count_ = 0;
};

/// Whether step 0 of a layer's order sets a gate to 1 whatever enters: the gate shares out by a normaliser,
/// which is 0 before. Such a value says nothing of the gate.
bool is_set_at_first(const nn::CellInfo& cell, int gate);

}  // namespace gatescope::analysis
