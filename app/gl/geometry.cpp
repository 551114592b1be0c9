#include "app/gl/geometry.h"

#include <algorithm>
#include <cmath>

namespace gatescope::gl {

namespace {

/// Far enough to be outside every picture, near enough for float to know parts of a pixel.
constexpr float far = 1 << 16;

float limited(float value) {
  return std::clamp(value, -far, far);
}

plot::Point scaled(plot::Point point, float scale) {
  // Scaled first: what is far may leave the range of float, and clamps then.
  return {limited(point.x * scale), limited(point.y * scale)};
}

bool apart(const Bounds& a, const Bounds& b) {
  return a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
}

/// The height of a convex outline's two sides at x.
std::pair<float, float> sides_at(const std::vector<plot::Point>& corners, float x) {
  float upper = far, lower = -far;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const plot::Point a = corners[i], b = corners[(i + 1) % corners.size()];
    if (x < std::min(a.x, b.x) || x > std::max(a.x, b.x)) continue;
    const float t = a.x == b.x ? 0 : (x - a.x) / (b.x - a.x);
    const float y = a.y + (b.y - a.y) * t;
    upper = std::min({upper, y, a.x == b.x ? b.y : y});
    lower = std::max({lower, y, a.x == b.x ? b.y : y});
  }
  return {upper, lower};
}

}  // namespace

Bounds intersection(const Bounds& a, const Bounds& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
          std::min(a.bottom, b.bottom)};
}

Bounds inflated(const Bounds& bounds, float by) {
  return {bounds.left - by, bounds.top - by, bounds.right + by, bounds.bottom + by};
}

Bounds to_pixels(const plot::Rect& rect, float scale) {
  return {limited(rect.x * scale), limited(rect.y * scale), limited(rect.right() * scale),
          limited(rect.bottom() * scale)};
}

std::vector<Strip> strips(const plot::Area& area, const Frame& frame) {
  std::vector<Strip> out;
  const std::size_t count = std::min(area.upper.size(), area.lower.size());
  for (std::size_t i = 0; i + 1 < count; ++i) {
    plot::Point a = scaled(area.upper[i], frame.scale), b = scaled(area.upper[i + 1], frame.scale);
    plot::Point c = scaled(area.lower[i], frame.scale), d = scaled(area.lower[i + 1], frame.scale);
    if (a.x > b.x) {
      std::swap(a, b);
      std::swap(c, d);
    }
    const Bounds bounds{a.x, std::min({a.y, b.y, c.y, d.y}), b.x, std::max({a.y, b.y, c.y, d.y})};
    if (a.x >= b.x || apart(bounds, inflated(frame.visible, 1))) continue;
    const float before = c.y - a.y, after = d.y - b.y;
    if (before * after >= 0) {
      out.push_back({a.x, b.x, a.y, b.y, c.y, d.y, area.fill, frame.clip});
      continue;
    }
    const float t = before / (before - after);  // where the two lines cross
    const float x = a.x + (b.x - a.x) * t, y = a.y + (b.y - a.y) * t;
    out.push_back({a.x, x, a.y, y, c.y, y, area.fill, frame.clip});
    out.push_back({x, b.x, y, b.y, y, d.y, area.fill, frame.clip});
  }
  return out;
}

std::vector<Strip> strips(const plot::Polygon& polygon, const Frame& frame) {
  std::vector<Strip> out;
  std::vector<plot::Point> corners;
  std::vector<float> edges;
  for (const plot::Point& point : polygon.points) {
    corners.push_back(scaled(point, frame.scale));
    edges.push_back(corners.back().x);
  }
  std::sort(edges.begin(), edges.end());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const float left = edges[i], right = edges[i + 1];
    if (!(left < right)) continue;
    // A vertical side belongs to one strip only; the strip's ends are looked up just inside it.
    const float middle = 0.5f * (left + right), quarter = 0.25f * (right - left);
    const auto [upper_a, lower_a] = sides_at(corners, middle - quarter);
    const auto [upper_b, lower_b] = sides_at(corners, middle + quarter);
    const auto end = [](float a, float b, float side) { return 0.5f * (a + b) + side * (b - a); };
    const Strip strip{left,
                      right,
                      end(upper_a, upper_b, -1),
                      end(upper_a, upper_b, 1),
                      end(lower_a, lower_b, -1),
                      end(lower_a, lower_b, 1),
                      polygon.fill,
                      frame.clip};
    const Bounds bounds{left, std::min(strip.upper_left, strip.upper_right), right,
                        std::max(strip.lower_left, strip.lower_right)};
    if (!apart(bounds, inflated(frame.visible, 1))) out.push_back(strip);
  }
  return out;
}

std::vector<BoxShape> boxes(const plot::Box& box, const Frame& frame) {
  const bool stroked = box.stroke_width > 0 && box.stroke.alpha > 0 && box.dash.empty();
  if (!stroked && !(box.fill.alpha > 0)) return {};
  BoxShape shape{
      .bounds = to_pixels(box.rect, frame.scale), .fill = box.fill, .stroke = box.stroke, .clip = frame.clip};
  if (stroked) shape.half_stroke = 0.5f * box.stroke_width * frame.scale;
  shape.radius =
      std::max(0.0f, std::min({box.radius * frame.scale, 0.5f * (shape.bounds.right - shape.bounds.left),
                               0.5f * (shape.bounds.bottom - shape.bounds.top)}));
  if (apart(inflated(shape.bounds, shape.half_stroke + 1), frame.visible)) return {};
  return {shape};
}

std::vector<MarkerSpot> marker_spots(const plot::Markers& markers, const Frame& frame) {
  std::vector<MarkerSpot> out;
  if (markers.colors.empty()) return out;
  const float half = 0.5f * markers.size * frame.scale;
  const Bounds room = inflated(frame.visible, 1.3f * half + 2);
  for (std::size_t i = 0; i < markers.at.size(); ++i) {
    const plot::Point at = scaled(markers.at[i], frame.scale);
    if (!(at.x > room.left && at.x < room.right && at.y > room.top && at.y < room.bottom)) continue;
    out.push_back({.at = at,
                   .half_size = half,
                   .shape = static_cast<float>(markers.shape),
                   .color = markers.colors[i < markers.colors.size() ? i : 0],
                   .clip = frame.clip});
  }
  return out;
}

}  // namespace gatescope::gl
