#pragma once

namespace gatescope::plot {

enum class ScaleKind { linear, log, symlog };

/// Maps data to a fraction of an axis' length: `low` to 0 and `high` to 1.
/// Symmetric log is asinh(v / threshold): linear around zero, logarithmic beyond the threshold, of either
/// sign.
struct Scale {
  ScaleKind kind = ScaleKind::linear;
  double low = 0, high = 1;
  double threshold = 1;   ///< of symlog, above 0
  bool reversed = false;  ///< low at the far end

  /// NaN where the value has no place (0 or less on a log axis, not finite).
  double fraction(double value) const;
  double value(double fraction) const;
};

}  // namespace gatescope::plot
