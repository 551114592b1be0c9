#include "core/plot/scale.h"

#include <cmath>
#include <limits>

namespace gatescope::plot {
namespace {

double warp(const Scale& scale, double value) {
  switch (scale.kind) {
    case ScaleKind::linear:
      return value;
    case ScaleKind::log:
      return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
    case ScaleKind::symlog:
      return std::asinh(value / scale.threshold);
  }
  return value;
}

double unwarp(const Scale& scale, double value) {
  switch (scale.kind) {
    case ScaleKind::linear:
      return value;
    case ScaleKind::log:
      return std::pow(10, value);
    case ScaleKind::symlog:
      return std::sinh(value) * scale.threshold;
  }
  return value;
}

}  // namespace

double Scale::fraction(double value) const {
  if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
  const double from = warp(*this, low), to = warp(*this, high);
  const double f = to == from ? 0.5 : (warp(*this, value) - from) / (to - from);
  return reversed ? 1 - f : f;
}

double Scale::value(double fraction) const {
  const double from = warp(*this, low), to = warp(*this, high);
  return unwarp(*this, from + (to - from) * (reversed ? 1 - fraction : fraction));
}

}  // namespace gatescope::plot
