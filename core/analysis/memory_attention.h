#pragma once

#include <vector>

#include "core/analysis/gated_memory.h"

/// Memory attention [murdoch2017]: every memory is a weighted sum of its own past writes,
///
///   m_t = Σ_s α_ts content_s + initial_t,   α_ts = write_s Π_{s < k ≤ t} keep_k,
///
/// s being t or before it in the layer's own direction. `initial` is what is left of the memory before the
/// first step and of what rules added. The gates of a cell with recurrent weights depend on earlier contents,
/// so that α is the way through the memory alone.
namespace gatescope::analysis {

/// Of steps first to last of one number of a memory; (n) and (n, n), n = last - first + 1, in the text's
/// order. The memory before these steps is in `initial`.
struct MemoryAttention {
  std::vector<double> memory, content, initial;
  gatescope::Matrix<double> alpha;  ///< rows: when read, columns: when written; 0 where that is not yet
};
MemoryAttention memory_attention(const GatedMemory& memory, Index first, Index last);

/// The mean of |α| over all numbers of a layer's memory.
template <class S>
gatescope::Matrix<double> mean_attention(const GatedMemories<S>& memories, Index first, Index last);

/// What is remembered at a step: `weight` Σ_s |α_ts content_s|, and `age` Σ_s |α_ts content_s| |t - s| over
/// it, in steps; (T). NaN where nothing is remembered.
struct MemoryAges {
  std::vector<double> weight, age;
};
MemoryAges memory_ages(const GatedMemory& memory);
/// Of all numbers of a layer's memory together.
template <class S>
MemoryAges memory_ages(const GatedMemories<S>& memories);

extern template gatescope::Matrix<double> mean_attention(const GatedMemories<float>&, Index, Index);
extern template gatescope::Matrix<double> mean_attention(const GatedMemories<double>&, Index, Index);
extern template MemoryAges memory_ages(const GatedMemories<float>&);
extern template MemoryAges memory_ages(const GatedMemories<double>&);

}  // namespace gatescope::analysis
