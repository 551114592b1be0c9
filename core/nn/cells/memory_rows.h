#pragma once

#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

/// Rows of the tables of cells whose units keep several numbers beside each other, in memories or matrices.
struct MemoryRows {
  static constexpr Channel counted(std::string_view symbol, std::string_view name, Extent extent,
                                   Role role = Role::internal) {
    return {.symbol = symbol,
            .name = name,
            .role = role,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = extent};
  }
  static constexpr Channel of_unit(std::string_view symbol, std::string_view name,
                                   Role role = Role::internal) {
    return counted(symbol, name, kUnits, role);
  }
  /// The keep gate of each of a unit's numbers.
  static constexpr Channel keep_gates(bool remade) {
    return {.symbol = "K",
            .name = "keep gate",
            .role = Role::gate,
            .low = 0,
            .high = 1,
            .gate = Gate::forget,
            .keeps = Share::value,
            .extent = kUnitMemories,
            .activation = Activation::exponential,
            .remade = remade};
  }
  static constexpr Channel step() {
    return step_of_time({.symbol = "dt",
                         .name = "step",
                         .role = Role::internal,
                         .low = 0,
                         .high = kUnbounded,
                         .activation = Activation::softplus});
  }
  static constexpr Channel write(std::string_view name) {
    return {.symbol = "w",
            .name = name,
            .role = Role::internal,
            .low = -kUnbounded,
            .high = kUnbounded,
            .writes = Share::value,
            .extent = kUnitMemories,
            .remade = true};
  }
  static constexpr Channel memory() {
    return {.symbol = "m",
            .name = "memory",
            .role = Role::cell_state,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = kUnitMemories};
  }

  static constexpr ParameterInfo weights(std::string_view letter, std::string_view name, Extent rows,
                                         Extent cols = kInputWidth, Start start = Start::input) {
    return {.letter = letter, .name = name, .rows = rows, .cols = cols, .start = start};
  }
  static constexpr ParameterInfo bias(std::string_view letter, std::string_view name, Extent rows = kUnits) {
    return {.letter = letter,
            .name = name,
            .rows = rows,
            .is_vector = true,
            .start = Start::bias,
            .decay = Decay::no};
  }
  static constexpr ParameterInfo skip() {
    return {.letter = "D",
            .name = "D",
            .rows = kUnits,
            .is_vector = true,
            .start = Start::own,
            .begin = one,
            .decay = Decay::no};
  }
  static double one(Index, Index, Index) { return 1; }

  /// From the first of `count` to the last, 0 to 1.
  static double part(Index k, Index count) {
    return count < 2 ? 0.5 : static_cast<double>(k) / static_cast<double>(count - 1);
  }
  /// softplus(b) is 0.001 for the first and 0.1 for the last.
  static double step_ladder(Index k, Index count) {
    return std::log(std::expm1(0.001 * std::pow(100.0, part(k, count))));
  }
};

}  // namespace gatescope::nn
