#pragma once

#include <span>

#include "core/math/types.h"

namespace gatescope::series {

/// What a network reads in place of a value.
enum class Scaling {
  none,            // the value itself
  z_score,         // less the mean, over the deviation
  log,             // the same of its logarithm; of values above 0
  difference,      // the same of its change since the row before
  log_difference,  // the same of the change of its logarithm
};

constexpr bool takes_log(Scaling scaling) {
  return scaling == Scaling::log || scaling == Scaling::log_difference;
}
constexpr bool takes_difference(Scaling scaling) {
  return scaling == Scaling::difference || scaling == Scaling::log_difference;
}

/// A column's way from values to what a network reads, and back.
struct Scale {
  Scaling scaling = Scaling::none;
  double mean = 0, deviation = 1;  // of what is scaled, over the rows that are learnt

  /// Of a value and, where changes are taken, the one before it.
  double scaled(double value, double before) const;
  /// Back: the value whose scaled one that is.
  double value(double scaled, double before) const;
};

/// Fitted to the values that are learnt, NaN where one is missing: changes over a gap, and logarithms of what
/// has none, are left out. Where all are the same the deviation is 1.
Scale fit(Scaling scaling, std::span<const double> values);

}  // namespace gatescope::series
