#pragma once

#include <vector>

#include "core/analysis/gated_memory.h"
#include "core/nn/network.h"

/// How long what a step left in the memory stays there, and what erases it.
namespace gatescope::analysis {

/// What is left of the memory of step s at each step after it, S(s->t) = Π_{s < k ≤ t} keep_k, (T): 1 at s,
/// NaN before it in the layer's own direction.
std::vector<double> survival(const GatedMemory& memory, Index from);

/// Which step after `from` erased how much of it by step `until`: ln S is a sum, so that
/// blame_k = ln keep_k / Σ ln keep, (T), divides the erasure exactly. They add up to 1; where a keep is
/// exactly 0, the first such step has it all. All 0 where nothing was erased. A rule can multiply a memory by
/// more than 1 or by a negative number: sizes count, and the blame of a step that made it larger is negative.
std::vector<double> blame(const GatedMemory& memory, Index from, Index until);

/// Of all numbers of a layer's memory.
struct Erasure {
  std::vector<std::vector<double>> survival = {};  ///< a number of the memory each, (T)
  std::vector<double> sizes = {};                  ///< |m_s| of each
  /// The share left of all that was there, Σ |m_s| |S| / Σ |m_s|, (T): what is written anew does not count.
  std::vector<double> left;
  /// The same of the units of each head alone, (G) of (T), where the layer has several; else empty. NaN each
  /// where a head held nothing.
  std::vector<std::vector<double>> heads = {};
  /// What each step erased of it by the last step, each number's |m_s| (1 - |S|) divided by its blame, over
  /// Σ |m_s|; (T), 0 up to `from`. Their sum is 1 - left at the last step.
  std::vector<double> erased;
};
/// Until the text's end, or its beginning in a layer that reads backwards.
template <class S>
Erasure erasure(const GatedMemories<S>& memories, Index from);
/// The share left of all numbers of one of so many units, (T); NaN where it held nothing.
std::vector<double> left_of_unit(const Erasure& all, Index units, Index unit);

/// τ = -1 / ln keep in steps: after so many 37 % is left. 0 for a keep of 0, infinite for 1 and more.
double time_constant(double keep);

/// Of each number of a layer's memory. `effective` is of the geometric mean of what was kept from one step of
/// the text to the next (keeps.h); NaN in a text of one step.
template <class S>
std::vector<double> effective_time_constants(const GatedMemories<S>& memories);

/// Of each number of a layer's memory where nothing but biases speaks, all products being 0, from the
/// formulas in the cell's table: what a model begins with, and how its units divide the scales of time among
/// them. Where the gate depends on a state of its own (sLSTM's normaliser) that has settled. Throws Error for
/// a cell without a gated memory.
template <class S>
std::vector<double> resting_time_constants(const nn::Network<S>& network, int layer, bool backward);

extern template Erasure erasure(const GatedMemories<float>&, Index);
extern template Erasure erasure(const GatedMemories<double>&, Index);
extern template std::vector<double> effective_time_constants(const GatedMemories<float>&);
extern template std::vector<double> effective_time_constants(const GatedMemories<double>&);
extern template std::vector<double> resting_time_constants(const nn::Network<float>&, int, bool);
extern template std::vector<double> resting_time_constants(const nn::Network<double>&, int, bool);

}  // namespace gatescope::analysis
