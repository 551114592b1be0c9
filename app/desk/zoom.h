#pragma once

#include <optional>

#include "core/plot/figure.h"

/// Which steps views show: all of them, or some, about a place.
namespace gatescope::ui {

inline constexpr int kFewestSteps = 8;  ///< that can be zoomed to
inline constexpr int kZoomSteps = 80;   ///< what a key zooms to

/// So many steps with `step` among them, as far in the middle as there are steps on both sides; none: all.
std::optional<plot::Steps> steps_around(int step, int count, int total);

/// The steps `from` (none: all) made fewer (factor above 1) or more, so that `anchor`, a place among them,
/// stays where it is. None: all.
std::optional<plot::Steps> zoomed(const std::optional<plot::Steps>& from, int total, double anchor,
                                  double factor);

/// As many, moved by some steps, but not beyond the ends.
plot::Steps panned(const plot::Steps& from, int by, int total);

/// The steps with `step` among them: where it is not they are turned as a page is, so that most of them are
/// those that follow in its direction.
plot::Steps following(const plot::Steps& from, int step);

/// As far as there are steps; none where these are all.
std::optional<plot::Steps> fitted_steps(const std::optional<plot::Steps>& steps, int total);

}  // namespace gatescope::ui
