#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

constexpr float swatch_gap = 6, entry_gap = 18;

float swatch_width(const Canvas& canvas) {
  return 22 * canvas.theme.type;
}

float entry_width(const LegendEntry& entry, const Canvas& canvas) {
  return swatch_width(canvas) + canvas.scaled(swatch_gap) + canvas.width(entry.name, canvas.small());
}

// `at` is the left end of the entry's baseline.
void draw_entry(const LegendEntry& entry, Canvas& canvas, Point at) {
  using Kind = LegendEntry::Kind;
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const float width = swatch_width(canvas), middle = at.y - style.size * 0.34f, height = style.size * 0.72f;
  const Rect box{at.x, middle - height / 2, width, height};
  if (entry.with_band || entry.kind == Kind::band) canvas.rect(box, with_alpha(entry.color, 0.25f), 2);
  if (entry.kind == Kind::line) {
    const float line = theme.line_width * entry.weight;
    canvas.line({{at.x, middle}, {at.x + width, middle}}, line, entry.color, dash_lengths(entry.dash, line));
  }
  if (entry.kind == Kind::box || entry.kind == Kind::gap) {
    const bool outlined = entry.dash != Dash::solid, bare = entry.color == theme.panel;
    canvas.add(Box{.rect = box,
                   .radius = 2,
                   .fill = outlined ? with_alpha(entry.color, 0.16f) : entry.color,
                   .stroke = outlined ? entry.color
                             : bare   ? theme.axis
                                      : Color{0, 0, 0, 0},
                   .stroke_width = outlined || bare ? theme.hairline : 0,
                   .dash = outlined ? std::vector<float>{3, 2} : std::vector<float>{}});
  }
  if (entry.marker == Marker::ring)
    draw_rings({{at.x + width / 2, middle}}, theme.marker_size * 1.4f, entry.color, canvas);
  else if (entry.kind == Kind::marker || entry.marker != Marker::none)
    canvas.add(Markers{.shape = shape_of(entry.marker).value_or(MarkerShape::disc),
                       .size = theme.marker_size * 1.2f,
                       .at = {{at.x + width / 2, middle}},
                       .colors = {entry.color}});
  canvas.text(entry.name, {at.x + width + canvas.scaled(swatch_gap), at.y}, style, theme.muted);
}

// Where each entry starts when they flow in rows of that width.
std::vector<Point> flow(const std::vector<LegendEntry>& entries, const Canvas& canvas, float width) {
  const float line = canvas.line_height(canvas.small()) + canvas.scaled(2);
  std::vector<Point> places;
  Point at{0, 0};
  for (const auto& entry : entries) {
    const float w = entry_width(entry, canvas);
    if (at.x > 0 && at.x + w > width) at = {0, at.y + line};
    places.push_back(at);
    at.x += w + canvas.scaled(entry_gap);
  }
  return places;
}

bool touches(const Rect& box, float x0, float y0, float x1, float y1) {
  return x1 >= box.x && x0 <= box.right() && y1 >= box.y && y0 <= box.bottom();
}

bool touches(const Rect& box, const std::vector<Point>& points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1 < points.size() ? i + 1 : i];
    const int pieces = 1 + static_cast<int>(std::hypot(b.x - a.x, b.y - a.y) / 5);
    for (int k = 0; k <= pieces; ++k) {
      const float t = static_cast<float>(k) / static_cast<float>(pieces);
      const Point p{a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
      if (touches(box, p.x, p.y, p.x, p.y)) return true;
    }
  }
  return false;
}

struct Touches {
  const Rect& box;
  bool operator()(const Polyline& s) const { return touches(box, s.points); }
  bool operator()(const Area& s) const {
    for (std::size_t i = 0; i < s.upper.size(); ++i)
      if (touches(box, s.upper[i].x, std::min(s.upper[i].y, s.lower[i].y), s.upper[i].x,
                  std::max(s.upper[i].y, s.lower[i].y)))
        return true;
    return touches(box, s.upper) || touches(box, s.lower);
  }
  bool operator()(const Box& s) const {
    return touches(box, s.rect.x, s.rect.y, s.rect.right(), s.rect.bottom());
  }
  bool operator()(const Polygon& s) const { return touches(box, s.points); }
  bool operator()(const Image& s) const {
    return touches(box, s.rect.x, s.rect.y, s.rect.right(), s.rect.bottom());
  }
  bool operator()(const Text& s) const {
    const float w = static_cast<float>(s.text.size()) * s.style.size * 0.65f;
    return touches(box, s.at.x, s.at.y - s.style.size, s.at.x + w, s.at.y);
  }
  bool operator()(const Markers& s) const {
    return std::any_of(s.at.begin(), s.at.end(), [&](Point p) { return touches(box, p.x, p.y, p.x, p.y); });
  }
};

}  // namespace

Size legend_box(const std::vector<LegendEntry>& entries, const Canvas& canvas) {
  float width = 0;
  for (const auto& entry : entries) width = std::max(width, entry_width(entry, canvas));
  const float line = canvas.line_height(canvas.small()) + canvas.scaled(2);
  return {width + canvas.scaled(16), line * static_cast<float>(entries.size()) + canvas.scaled(8)};
}

float legend_row_width(const std::vector<LegendEntry>& entries, const Canvas& canvas) {
  float width = 0;
  for (const auto& entry : entries) width += entry_width(entry, canvas) + canvas.scaled(entry_gap);
  return width - canvas.scaled(entry_gap);
}

float legend_rows_height(const std::vector<LegendEntry>& entries, const Canvas& canvas, float width) {
  if (entries.empty()) return 0;
  return flow(entries, canvas, width).back().y + canvas.line_height(canvas.small()) + canvas.scaled(6);
}

void draw_legend_rows(const std::vector<LegendEntry>& entries, Canvas& canvas, Point at, float width) {
  const auto places = flow(entries, canvas, width);
  const float ascent = canvas.extent("M", canvas.small()).ascent;
  for (std::size_t i = 0; i < entries.size(); ++i)
    draw_entry(entries[i], canvas, {at.x + places[i].x, at.y + places[i].y + ascent});
}

void draw_legend_box(const std::vector<LegendEntry>& entries, Canvas& canvas, const Rect& box, bool backed) {
  if (backed) canvas.rect(box, with_alpha(canvas.theme.panel, 0.85f), 4);
  const float line = canvas.line_height(canvas.small()) + canvas.scaled(2),
              ascent = canvas.extent("M", canvas.small()).ascent;
  for (std::size_t i = 0; i < entries.size(); ++i)
    draw_entry(entries[i], canvas,
               {box.x + canvas.scaled(8), box.y + canvas.scaled(5) + line * static_cast<float>(i) + ascent});
}

std::optional<Rect> free_corner(const PanelLayout& plan, const std::vector<Item>& drawn, Size size) {
  constexpr float inset = 6;
  const Rect& plot = plan.plot;
  if (size.width > plot.width * 0.6f || size.height > plot.height * 0.6f) return std::nullopt;
  const float right = plot.right() - size.width - inset, bottom = plot.bottom() - size.height - inset;
  for (Point at : {Point{right, plot.y + inset}, Point{plot.x + inset, plot.y + inset}, Point{right, bottom},
                   Point{plot.x + inset, bottom}}) {
    const Rect box{at.x, at.y, size.width, size.height};
    if (std::none_of(drawn.begin(), drawn.end(),
                     [&](const Item& i) { return std::visit(Touches{box}, i.shape); }))
      return box;
  }
  return std::nullopt;
}

}  // namespace gatescope::plot::detail
