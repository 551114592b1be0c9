#include "core/series/scaling.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gatescope::series {

double Scale::scaled(double value, double before) const {
  if (takes_log(scaling)) value = std::log(value), before = std::log(before);
  if (takes_difference(scaling)) value -= before;
  return (value - mean) / deviation;
}

double Scale::value(double scaled, double before) const {
  double value = mean + deviation * scaled;
  if (takes_difference(scaling)) value += takes_log(scaling) ? std::log(before) : before;
  return takes_log(scaling) ? std::exp(value) : value;
}

Scale fit(Scaling scaling, std::span<const double> values) {
  Scale scale{scaling};
  if (scaling == Scaling::none) return scale;
  std::vector<double> all;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double before = k > 0 ? values[k - 1] : std::nan("");
    const double scaled = scale.scaled(values[k], before);
    if (std::isfinite(scaled)) all.push_back(scaled);
  }
  if (all.empty()) return scale;
  const auto count = static_cast<double>(all.size());
  for (const double each : all) scale.mean += each / count;
  double square = 0;
  for (const double each : all) square += (each - scale.mean) * (each - scale.mean) / count;
  // Of equal values rounding leaves a little.
  double largest = 0;
  for (const double each : all) largest = std::max(largest, std::abs(each));
  const double least = 1e-12 * largest;
  scale.deviation = std::sqrt(square) > least ? std::sqrt(square) : 1;
  return scale;
}

}  // namespace gatescope::series
