#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

/// What papers and programs write in two ways, both on the same weights and the same input: where the two are
/// the same network, and where they are not.
namespace gatescope::analysis {

/// One quantity of all units, as the cell here has it and as it is written elsewhere.
struct Convention {
  std::string title;                                 ///< "Reset before or after the product"
  std::string quantity;                              ///< "h"
  std::string here, elsewhere;                       ///< what the two are called
  std::string sentence;                              ///< what to know about it
  gatescope::Matrix<double> is = {}, would_be = {};  ///< (H, T); not finite where a number overflows
  /// max |difference| over all units and steps; not finite where a number overflows.
  double apart = 0;
};

/// One unit of (H, T), (T).
inline std::vector<double> of_unit(const gatescope::Matrix<double>& values, int unit) {
  return {values.row(unit).begin(), values.row(unit).end()};
}

/// Why a cell has none, as one sentence; empty where it has.
std::string why_no_convention(const nn::CellInfo& cell);

/// Of a layer, without rules where the observation has that run. "Before" is earlier in the
/// layer's own direction.
///   GRUs    the reset before [cho2014] or after the product [appleyard2016]: two networks; z that keeps
///           [cho2014], or that takes the candidate [chung2014]: one network
///   S6      the write by Euler's rule, Δ B, as the authors' program has it, or by the zero-order hold,
///           (1 - e^{-Δa}) B / a, as their paper does [gu2024]
///   sLSTM   f by σ or by exp, both in the paper [beck2024], of the same net inputs
///   mLSTM   likewise, and the memory as the paper first writes it, without a stabiliser, in numbers S
/// Throws Error for a cell that has none, and for a layer that does not exist.
template <class S>
std::vector<Convention> conventions(const observe::Observation<S>& observation, int layer, bool backward);

extern template std::vector<Convention> conventions(const observe::Observation<float>&, int, bool);
extern template std::vector<Convention> conventions(const observe::Observation<double>&, int, bool);

}  // namespace gatescope::analysis
