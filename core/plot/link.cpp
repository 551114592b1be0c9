#include "core/plot/link.h"

#include <algorithm>
#include <cmath>

namespace gatescope::plot {

std::optional<int> number_at(const Axis& axis, double place) {
  if (axis.counts == Counts::nothing || !(std::abs(place) < 1e9)) return std::nullopt;
  const int at = static_cast<int>(std::lround(place));
  if (axis.numbers.empty()) return at;
  if (at < 0 || at >= std::ssize(axis.numbers)) return std::nullopt;
  return axis.numbers[at];
}

std::optional<double> place_of(const Axis& axis, int number) {
  if (axis.counts == Counts::nothing) return std::nullopt;
  if (axis.numbers.empty()) return number;
  const auto found = std::ranges::find(axis.numbers, number);
  if (found == axis.numbers.end()) return std::nullopt;
  return static_cast<double>(found - axis.numbers.begin());
}

namespace {

bool holds(const Rect& rect, Point at) {
  return at.x >= rect.x && at.x < rect.right() && at.y >= rect.y && at.y < rect.bottom();
}

std::optional<Point> point_of(const Placement& placed, double x, double y) {
  const double fx = placed.x.fraction(x), fy = placed.y.fraction(y);
  if (!(fx >= 0 && fx <= 1 && fy >= 0 && fy <= 1)) return std::nullopt;
  return Point{placed.plot.x + static_cast<float>(fx) * placed.plot.width,
               placed.plot.bottom() - static_cast<float>(fy) * placed.plot.height};
}

/// A whole number of the axis under a fraction of it: at its very ends still one that it shows.
std::optional<int> number_under(const Axis& axis, const Scale& scale, float fraction) {
  const double place = std::round(scale.value(static_cast<double>(fraction)));
  const double low = std::ceil(scale.low - 1e-9), high = std::floor(scale.high + 1e-9);
  if (!(low <= high)) return std::nullopt;
  return number_at(axis, std::clamp(place, low, high));
}

/// The value of a line at a step, where it has one.
std::optional<double> value_at(const Line& line, int step) {
  std::size_t at = static_cast<std::size_t>(step);
  if (!line.x.empty()) {
    const auto found = std::ranges::lower_bound(line.x, static_cast<double>(step));
    if (found == line.x.end() || *found != step) return std::nullopt;
    at = static_cast<std::size_t>(found - line.x.begin());
  }
  if (step < 0 || at >= line.y.size() || !std::isfinite(line.y[at])) return std::nullopt;
  return line.y[at];
}

int number_of(const Points& points, std::size_t k) {
  return k < points.numbers.size() ? points.numbers[k] : static_cast<int>(k);
}

float distance(Point a, Point b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

void point_at_points(const Panel& panel, const Placement& placed, Point at, float near, Pointed& found) {
  if (!panel.points) return;
  const Points& points = *panel.points;
  std::optional<std::size_t> nearest;
  for (std::size_t k = 0; k < std::min(points.x.size(), points.y.size()); ++k) {
    const auto point = point_of(placed, points.x[k], points.y[k]);
    if (!point) continue;
    // Of points on top of each other the last is seen.
    if (const float away = distance(*point, at); away <= near) near = away, nearest = k;
  }
  if (!nearest) return;
  if (points.counts == Counts::steps) {
    found.step = number_of(points, *nearest);
    if (panel.unit) found.unit = panel.unit;
  } else {
    found.unit = number_of(points, *nearest);
  }
}

void point_at_lines(const Panel& panel, const Placement& placed, Point at, float near, Pointed& found) {
  if (!found.step || found.unit) return;
  const auto x = place_of(panel.x, *found.step);
  if (!x) return;
  for (const Mark& mark : panel.marks) {
    const auto* line = std::get_if<Line>(&mark);
    const auto y = line && line->unit ? value_at(*line, *found.step) : std::nullopt;
    if (!y) continue;
    const auto point = point_of(placed, *x, *y);
    if (!point) continue;
    if (const float away = std::abs(point->y - at.y); away <= near) near = away, found.unit = line->unit;
  }
}

}  // namespace

Pointed pointed_at(const Panel& panel, const Placement& placement, Point at, float near) {
  Pointed found;
  for (std::size_t k = 0; k < placement.cells.size(); ++k)
    if (placement.cells[k].width > 0 && holds(placement.cells[k], at)) found.step = static_cast<int>(k);
  if (!placement.cells.empty() || placement.plot.width <= 0 || placement.plot.height <= 0 ||
      !holds(placement.plot, at))
    return found;
  if (panel.x.counts == Counts::steps)
    found.step = number_under(panel.x, placement.x, (at.x - placement.plot.x) / placement.plot.width);
  if (panel.y.counts == Counts::units)
    found.unit = number_under(panel.y, placement.y, (placement.plot.bottom() - at.y) / placement.plot.height);
  point_at_points(panel, placement, at, near, found);
  point_at_lines(panel, placement, at, near, found);
  return found;
}

bool has_words(const Panel& panel) {
  return std::ranges::any_of(panel.marks, [](const Mark& mark) {
    const auto* heatmap = std::get_if<Heatmap>(&mark);
    return heatmap && !heatmap->labels.empty();
  });
}

std::vector<CursorMark> cursor_marks(const Panel& panel, const Placement& placement, const Pointed& of) {
  using Kind = CursorMark::Kind;
  std::vector<CursorMark> marks;
  const Rect& plot = placement.plot;
  if (of.step && *of.step >= 0 && *of.step < std::ssize(placement.cells)) {
    const Rect& cell = placement.cells[*of.step];
    if (cell.width > 0) marks.push_back({Kind::frame, cell});
  }
  if (!placement.cells.empty()) return marks;
  if (of.step && panel.x.counts == Counts::steps) {
    const auto place = place_of(panel.x, *of.step);
    const double fraction = place ? placement.x.fraction(*place) : -1;
    if (fraction >= 0 && fraction <= 1 && has_words(panel)) {
      const double a = placement.x.fraction(*place - 0.5), b = placement.x.fraction(*place + 0.5);
      const double low = std::clamp(std::min(a, b), 0.0, 1.0), high = std::clamp(std::max(a, b), 0.0, 1.0);
      marks.push_back({Kind::frame,
                       {plot.x + static_cast<float>(low) * plot.width, plot.y,
                        static_cast<float>(high - low) * plot.width, plot.height}});
    } else if (fraction >= 0 && fraction <= 1)
      marks.push_back(
          {Kind::line, {plot.x + static_cast<float>(fraction) * plot.width, plot.y, 0, plot.height}});
  }
  if (of.unit && panel.y.counts == Counts::units) {
    if (const auto place = place_of(panel.y, *of.unit)) {
      const double a = placement.y.fraction(*place - 0.5), b = placement.y.fraction(*place + 0.5);
      const double low = std::clamp(std::min(a, b), 0.0, 1.0), high = std::clamp(std::max(a, b), 0.0, 1.0);
      if (high > low)
        marks.push_back({Kind::row,
                         {plot.x, plot.bottom() - static_cast<float>(high) * plot.height, plot.width,
                          static_cast<float>(high - low) * plot.height}});
    }
  }
  const auto add_point = [&](double x, double y) {
    if (const auto point = point_of(placement, x, y))
      marks.push_back({Kind::point, {point->x, point->y, 0, 0}});
  };
  if (panel.points) {
    const Points& points = *panel.points;
    const auto& number = points.counts == Counts::steps ? of.step : of.unit;
    const std::size_t count = std::min(points.x.size(), points.y.size());
    if (number && points.numbers.empty()) {
      const auto k = static_cast<std::size_t>(*number);
      if (*number >= 0 && k < count) add_point(points.x[k], points.y[k]);
    } else if (number) {
      for (std::size_t k = 0; k < std::min(count, points.numbers.size()); ++k)
        if (points.numbers[k] == *number) add_point(points.x[k], points.y[k]);
    }
  }
  if (of.step && of.unit)
    for (const Mark& mark : panel.marks) {
      const auto* line = std::get_if<Line>(&mark);
      if (!line || line->unit != of.unit) continue;
      const auto place = place_of(panel.x, *of.step);
      const auto value = value_at(*line, *of.step);
      if (place && value) add_point(*place, *value);
    }
  return marks;
}

}  // namespace gatescope::plot
