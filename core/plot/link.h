#pragma once

#include <optional>
#include <vector>

#include "core/plot/figure.h"
#include "core/plot/scene.h"

/// What links figures to each other: which step and unit a place of a figure stands for, and where a step and
/// a unit are.
namespace gatescope::plot {

/// The step or unit at a place of an axis that counts them, its rows sorted or not; nothing beyond the ends
/// of sorted rows, and of an axis that counts nothing.
std::optional<int> number_at(const Axis& axis, double place);
/// Where on the axis it is; nothing where it is not among the axis' numbers.
std::optional<double> place_of(const Axis& axis, int number);

struct Pointed {
  std::optional<int> step, unit;
  bool operator==(const Pointed&) const = default;
};

/// What is at a point of the scene that lies in the panel's plot or in a cell of its text; `near` says how
/// far from a point or a line in the scene's units still is at it.
Pointed pointed_at(const Panel& panel, const Placement& placement, Point at, float near);

/// Where a cursor goes, in the scene's units.
struct CursorMark {
  enum class Kind {
    line,   ///< upright over the plot: a step
    row,    ///< a unit's, as high as it is
    frame,  ///< round a character, or a column with words in it
    point,
  } kind = Kind::line;
  Rect rect = {};  ///< of a line without width, of a point without any size
};

/// Whether words stand in the cells of a heatmap, which a line through them would strike out.
bool has_words(const Panel& panel);

/// Of the step and the unit all marks that belong into this panel.
std::vector<CursorMark> cursor_marks(const Panel& panel, const Placement& placement, const Pointed& of);

}  // namespace gatescope::plot
