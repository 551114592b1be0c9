#include "app/desk/zoom.h"

#include <algorithm>
#include <cmath>

namespace gatescope::ui {

std::optional<plot::Steps> fitted_steps(const std::optional<plot::Steps>& steps, int total) {
  if (!steps) return std::nullopt;
  const int count = std::max(kFewestSteps, steps->last - steps->first + 1);
  if (count >= total) return std::nullopt;
  const int first = std::clamp(steps->first, 0, total - count);
  return plot::Steps{first, first + count - 1};
}

std::optional<plot::Steps> steps_around(int step, int count, int total) {
  const int first = step - count / 2;
  return fitted_steps(plot::Steps{first, first + count - 1}, total);
}

std::optional<plot::Steps> zoomed(const std::optional<plot::Steps>& from, int total, double anchor,
                                  double factor) {
  const plot::Steps now = from.value_or(plot::Steps{0, total - 1});
  const double before = now.last - now.first + 1;
  double count = before / factor;
  // At least one step fewer or more.
  count = factor > 1 ? std::min(std::floor(count), before - 1) : std::max(std::ceil(count), before + 1);
  count = std::max(count, static_cast<double>(kFewestSteps));
  if (count >= total) return std::nullopt;
  const double share = std::clamp((anchor + 0.5 - now.first) / before, 0.0, 1.0);
  const int first = static_cast<int>(std::lround(anchor + 0.5 - share * count));
  return fitted_steps(plot::Steps{first, first + static_cast<int>(count) - 1}, total);
}

plot::Steps panned(const plot::Steps& from, int by, int total) {
  const int moved = std::clamp(by, -from.first, std::max(0, total - 1 - from.last));
  return {from.first + moved, from.last + moved};
}

plot::Steps following(const plot::Steps& from, int step) {
  if (step >= from.first && step <= from.last) return from;
  const int count = from.last - from.first + 1, behind = count / 10;
  const int first = std::max(0, step > from.last ? step - behind : step - (count - 1 - behind));
  return {first, first + count - 1};
}

}  // namespace gatescope::ui
