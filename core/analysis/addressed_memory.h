#pragma once

#include <optional>
#include <string>

#include "core/nn/layer_tape.h"

/// Memories that keys write and queries read: a matrix a head, its rows the head's units, its columns the
/// numbers of a key. S6 is one of a single head, its B the key and its C the query [dao2024].
namespace gatescope::analysis {

/// The channels that address a memory, one number for each of its columns.
struct AddressChannels {
  int key, query;
};
/// From the cell's formulas: the key stands in that of the write strength, the query in the one that reads
/// the memory. None where the memory is no matrix.
std::optional<AddressChannels> address_channels(const nn::CellInfo& cell);
/// Why a cell has none, and which cells have one; empty where it has.
std::string why_no_matrix(const nn::CellInfo& cell);

/// One direction of a layer whose memory is a matrix, on a tape of one text (B = 1).
template <class S>
class AddressedMemory {
 public:
  /// Throws Error for a cell without a matrix. The tape outlives it.
  explicit AddressedMemory(const nn::LayerTape<S>& tape);

  Index heads() const { return heads_; }
  Index units() const { return tape_.hidden() / heads_; }  ///< of a head
  Index keys() const { return tape_.sizes().memories; }    ///< numbers of a key
  Index head_of(Index unit) const { return unit / units(); }

  /// The memory of a head after step t, (units, keys).
  gatescope::Matrix<double> matrix(Index head, Index t) const;
  /// The cosine of the query of step t with the key of step s, steps first to last, (n, n): rows: read at t,
  /// columns: written at s. 0 where s comes after t in the layer's own direction, NaN where one has length 0.
  gatescope::Matrix<double> addresses(Index head, Index first, Index last) const;

 private:
  gatescope::Matrix<double> directions(int channel, Index head, Index first, Index last) const;

  const nn::LayerTape<S>& tape_;
  AddressChannels channels_;
  Index heads_;
};

/// How many directions of its keys a memory uses: the participation ratio (Σ σ²)² / Σ σ⁴ of its singular
/// values, 1 where all of it lies along one, min(units, keys) where it lies along all alike. NaN of an empty
/// memory.
double directions_in_use(const gatescope::Matrix<double>& memory);

extern template class AddressedMemory<float>;
extern template class AddressedMemory<double>;

}  // namespace gatescope::analysis
