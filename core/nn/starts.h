#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/nn/cell.h"
#include "core/nn/model_spec.h"

/// Which settings of a start act on a cell: a cell has not all that they set.
namespace gatescope::nn {

/// Whether the cell has a bias before the σ of a gate that keeps its memory, or that writes instead.
bool takes_forget_bias(const CellInfo& cell);
/// The same, where that σ itself is the share: of another function of it a bias of ln(T - 1) does not last
/// T steps.
bool takes_chrono(const CellInfo& cell);
/// Whether the cell has recurrent weights that begin with other numbers than 0.
bool takes_gain(const CellInfo& cell, const Initialisation& init);

/// A setting of a start that a model's cell has no use for.
struct IdleStart {
  std::string_view key;    ///< "forget_bias", "chrono" or "gain"
  std::string value;       ///< what it is set to
  std::string_view unset;  ///< what it is where nothing is set
  std::string why;         ///< "the cell rwkv6 has no ..., as have the cells lstm, ..."
};
/// Those that are set to something.
std::vector<IdleStart> idle_starts(const ModelSpec& model);
/// Sets them to nothing.
void drop_idle_starts(ModelSpec& model);

}  // namespace gatescope::nn
