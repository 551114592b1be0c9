#pragma once

#include <string>

#include "core/math/index.h"

namespace gatescope::nn {

inline constexpr double kNormEpsilon = 1e-6;
inline constexpr double kLayerNormEpsilon = 1e-5;  // what layer norms add, as PyTorch's

/// The sizes that channels and parameters are counted in.
enum class Size { one, inputs, hidden, memories, rank, head, window, delays, heads, stream };

/// A size in symbols: so many times one or the product of two, "4 H" or "H x N".
struct Extent {
  int times = 1;
  Size of = Size::one, by = Size::one;

  constexpr bool operator==(const Extent&) const = default;
};

inline constexpr Extent kInputWidth{1, Size::inputs};                    // I
inline constexpr Extent kUnits{1, Size::hidden};                         // H
inline constexpr Extent kMemories{1, Size::memories};                    // N
inline constexpr Extent kRank{1, Size::rank};                            // R
inline constexpr Extent kUnitMemories{1, Size::hidden, Size::memories};  // H x N
inline constexpr Extent kHeadWidth{1, Size::head};                       // d = H / heads
inline constexpr Extent kHeads{1, Size::heads};                          // G
inline constexpr Extent kHeadMemories{1, Size::heads, Size::memories};   // G x N
inline constexpr Extent kWindow{1, Size::window};                        // W
inline constexpr Extent kDelayed{1, Size::inputs, Size::delays};         // I x (W-1)

inline constexpr Extent kStream{1, Size::stream};  // E

constexpr Extent operator*(int times, const Extent& extent) {
  return {times * extent.times, extent.of, extent.by};
}

/// What the symbols stand for in one layer.
struct Sizes {
  Index inputs = 1;    // I: numbers that enter it a step
  Index hidden = 1;    // H: its units
  Index memories = 1;  // N: numbers that a unit keeps beside each other
  Index rank = 1;      // R: numbers that stand for all units
  Index heads = 1;     // G: groups of units that recurrent weights connect, or that share keys and gates
  Index stream = 1;    // E: numbers that go on to the next layer, where these are not its units
  Index window = 1;    // W: steps that a convolution of the input reaches over
  double norm_epsilon = kNormEpsilon;  // what the norm of the input adds to the mean of squares

  constexpr Index operator()(Size size) const {
    switch (size) {
      case Size::inputs:
        return inputs;
      case Size::hidden:
        return hidden;
      case Size::memories:
        return memories;
      case Size::rank:
        return rank;
      case Size::head:
        return hidden / heads;
      case Size::window:
        return window;
      case Size::delays:
        return window - 1;
      case Size::heads:
        return heads;
      case Size::stream:
        return stream;
      case Size::one:
        break;
    }
    return 1;
  }
  constexpr Index operator()(const Extent& extent) const {
    return extent.times * (*this)(extent.of) * (*this)(extent.by);
  }
};

/// Which number of a channel goes with a row of (H) or (H x N), units within each number: of units that of
/// the unit, of numbers that of the number, of heads that of the unit's head.
constexpr Index place_with(const Extent& extent, const Sizes& sizes, Index row) {
  const Index unit = row % sizes.hidden, number = row / sizes.hidden;
  if (extent.of == Size::hidden) return extent == kUnits ? unit : row;
  if (extent.of != Size::heads) return number;
  const Index head = unit / sizes(kHeadWidth);
  return extent.by == Size::one ? head : head * sizes(extent.by) + number;
}

/// "4 H", "H x N", "3".
std::string to_string(const Extent& extent);

}  // namespace gatescope::nn
