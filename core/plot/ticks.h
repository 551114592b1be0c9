#pragma once

#include <string>
#include <vector>

#include "core/plot/figure.h"
#include "core/plot/scale.h"

namespace gatescope::plot {

struct AxisTicks {
  std::vector<Tick> major;    ///< labelled, in rising order
  std::vector<double> minor;  ///< within decades of a log axis
};

/// Round numbers inside the scale's range, at most `at_most` of them (2 or more): multiples of 1, 2 or 5
/// times a power of ten; decades on log axes (every second, third, ... where there are many); zero and
/// decades of both signs on symmetric-log axes.
AxisTicks choose_ticks(const Scale& scale, bool whole, int at_most);

/// A number as people write it: 4,180, 0.0023, -1.5, 3.2x10^-7 with raised exponent; `digits` significant
/// digits.
std::string number_text(double value, int digits = 3);

/// With that many decimals: 0.40.
std::string fixed_text(double value, int decimals);

/// 10 with a raised exponent.
std::string power_of_ten(int exponent);

}  // namespace gatescope::plot
