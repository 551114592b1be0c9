#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/keeps.h"
#include "core/nn/network.h"

namespace gatescope::analysis {

/// Units of a layer from the greatest of some quantity to the least.
struct UnitOrder {
  std::vector<int> units;      ///< (H); of equals the first unit first, what is not finite last
  std::vector<double> values;  ///< (H), of each unit by its number
};

UnitOrder greatest_first(std::vector<double> values);

/// The mean over the steps of each unit, a row of `values` (H, T); (H), NaN where none is finite.
std::vector<double> means_of_units(const ConstMatrixView<float>& values);
/// The greatest size of each unit; (H), 0 where none is finite.
std::vector<double> sizes_of_units(const ConstMatrixView<float>& values);

/// −1 / mean ln keep (keeps.h) of each unit, in steps, of the shares that a gate (width, T) keeps, or, with
/// `rest`, leaves; (H). Units lie within each number of several a unit, over which the mean goes as well. The
/// layer's first step is the last of the text with `reverse`. A memory that decays by them falls to 37 % over
/// so many steps.
std::vector<double> time_constants(const ConstMatrixView<float>& gate, Index units, bool rest, bool reverse,
                                   Index first = kFirstKeep);

/// How far each unit moves the outputs: the standard deviation of its hidden state (H, T) over the steps,
/// times the length of its column in the read-out, in the unit of the outputs before softmax; (H).
/// `direction` 1 is the backward one of a bidirectional network, whose last layer it is.
std::vector<double> influences(const nn::Network<float>& network, const ConstMatrixView<float>& hidden,
                               int direction);

/// Orders that are no channel's mean.
inline constexpr std::string_view kByTimeConstant = "time-constant", kByInfluence = "influence";

/// Why a layer's units cannot be ordered so: a channel's symbol (by its mean), or one of the two above; empty
/// where they can.
std::string why_not_ordered(const nn::CellInfo& cell, const nn::ModelSpec& spec, int layer,
                            std::string_view by);

}  // namespace gatescope::analysis
