#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"
#include "core/plot/thin.h"

namespace gatescope::plot::detail {
namespace {

// Far outside is as good as outside: painters and integer coordinates stay safe.
float limited(float value, float low, float high) {
  const float room = (high - low) * 4 + 100;
  return std::clamp(value, low - room, high + room);
}

}  // namespace

std::optional<MarkerShape> shape_of(Marker marker) {
  switch (marker) {
    case Marker::disc:
      return MarkerShape::disc;
    case Marker::square:
      return MarkerShape::square;
    case Marker::diamond:
      return MarkerShape::diamond;
    case Marker::triangle:
      return MarkerShape::triangle;
    case Marker::ring:
    case Marker::none:
      break;
  }
  return std::nullopt;
}

void draw_rings(const std::vector<Point>& at, float size, Color color, Canvas& canvas) {
  for (const Point& p : at)
    canvas.add(Box{.rect = {p.x - size / 2, p.y - size / 2, size, size},
                   .radius = size / 2,
                   .stroke = color,
                   .stroke_width = canvas.theme.line_width});
}

std::optional<Point> place(const PanelLayout& plan, double x, double y) {
  const double fx = plan.x.fraction(x), fy = plan.y.fraction(y);
  if (!std::isfinite(fx) || !std::isfinite(fy)) return std::nullopt;
  const Rect& plot = plan.plot;
  return Point{limited(plot.x + static_cast<float>(fx) * plot.width, plot.x, plot.right()),
               limited(plot.bottom() - static_cast<float>(fy) * plot.height, plot.y, plot.bottom())};
}

namespace {

constexpr float thin_column = 0.5f;

bool rising(const std::vector<Point>& points) {
  return std::is_sorted(points.begin(), points.end(), [](Point a, Point b) { return a.x < b.x; });
}

void draw_run(const Line& line, const PanelLayout& plan, Canvas& canvas, const std::vector<Point>& points,
              const std::vector<double>& values, const ColorRange* colors) {
  const float width = canvas.theme.line_width * line.weight;
  const Color color = canvas.theme.color(line.ink);
  if (points.size() == 1 && line.marker == Marker::none) {  // a lone point would be invisible
    canvas.add(Markers{.size = canvas.theme.marker_size * 1.5f,
                       .at = points,
                       .colors = {colors ? colors->color(canvas, values[0]) : color}});
    return;
  }
  Polyline drawn{.width = width, .color = color, .dash = dash_lengths(line.dash, width)};
  if (colors) {
    drawn.points = points;
    for (std::size_t i = 0; i + 1 < points.size(); ++i)
      drawn.colors.push_back(colors->color(canvas, values[i]));
  } else {
    const bool dense = static_cast<float>(points.size()) > plan.plot.width * 2 && rising(points);
    drawn.points = dense ? thin_line(points, thin_column) : points;
  }
  if (drawn.points.size() > 1) canvas.add(std::move(drawn));
}

void draw(const Line& line, const PanelLayout& plan, Canvas& canvas) {
  const bool colored = !line.color_by.empty();
  std::vector<Point> run, all;
  std::vector<double> values;
  std::vector<Color> all_colors;
  auto flush = [&] {
    if (!run.empty()) draw_run(line, plan, canvas, run, values, colored ? &*plan.colors : nullptr);
    run.clear();
    values.clear();
  };
  for (std::size_t i = 0; i < line.y.size(); ++i) {
    const auto point = place(plan, x_at(line.x, i), line.y[i]);
    if (!point) {
      flush();
      continue;
    }
    const double value = colored && i < line.color_by.size() ? line.color_by[i] : 0;
    run.push_back(*point);
    values.push_back(value);
    all.push_back(*point);
    if (colored) all_colors.push_back(plan.colors->color(canvas, value));
  }
  flush();
  const auto shape = shape_of(line.marker);
  const bool room =
      static_cast<float>(all.size()) * canvas.theme.marker_size * 1.5f < plan.plot.width || colored;
  if (shape && room && !all.empty())
    canvas.add(
        Markers{.shape = *shape,
                .size = canvas.theme.marker_size * 1.2f,
                .at = std::move(all),
                .colors = colored ? std::move(all_colors) : std::vector{canvas.theme.color(line.ink)}});
}

void draw(const Band& band, const PanelLayout& plan, Canvas& canvas) {
  std::vector<Point> upper, lower;
  auto flush = [&] {
    if (upper.size() > 1) {
      const bool dense = static_cast<float>(upper.size()) > plan.plot.width * 2 && rising(upper);
      if (dense) {  // the hull of each column: its highest above, its lowest below
        std::vector<Point> up, down;
        for (std::size_t i = 0; i < upper.size(); ++i) {
          if (up.empty() || std::floor(upper[i].x / thin_column) != std::floor(up.back().x / thin_column)) {
            up.push_back(upper[i]);
            down.push_back(lower[i]);
          }
          up.back().y = std::min(up.back().y, upper[i].y);
          down.back().y = std::max(down.back().y, lower[i].y);
        }
        upper = std::move(up);
        lower = std::move(down);
      }
      canvas.add(Area{
          .upper = upper, .lower = lower, .fill = with_alpha(canvas.theme.color(band.ink), band.opacity)});
    }
    upper.clear();
    lower.clear();
  };
  for (std::size_t i = 0; i < std::min(band.low.size(), band.high.size()); ++i) {
    const auto low = place(plan, x_at(band.x, i), band.low[i]),
               high = place(plan, x_at(band.x, i), band.high[i]);
    if (!low || !high) {
      flush();
      continue;
    }
    upper.push_back(*high);
    lower.push_back(*low);
  }
  flush();
}

void draw(const Scatter& scatter, const PanelLayout& plan, Canvas& canvas) {
  Markers markers{.shape = shape_of(scatter.marker).value_or(MarkerShape::disc),
                  .size = canvas.theme.marker_size * scatter.size};
  const bool colored = !scatter.color_by.empty();
  for (std::size_t i = 0; i < scatter.y.size(); ++i) {
    const auto point = place(plan, x_at(scatter.x, i), scatter.y[i]);
    if (!point) continue;
    markers.at.push_back(*point);
    if (colored)
      markers.colors.push_back(
          plan.colors->color(canvas, i < scatter.color_by.size() ? scatter.color_by[i] : 0));
  }
  if (!colored) markers.colors = {canvas.theme.color(scatter.ink)};
  if (scatter.marker == Marker::ring)
    draw_rings(markers.at, markers.size, markers.colors[0], canvas);
  else if (!markers.at.empty())
    canvas.add(std::move(markers));
}

void draw(const Bars& bars, int group, int groups, const PanelLayout& plan, Canvas& canvas) {
  const auto& theme = canvas.theme;
  const double share = 0.76 / groups, start = -0.38 + share * group;
  const Scale& along = bars.horizontal ? plan.x : plan.y;
  const bool shares =
      std::all_of(bars.values.begin(), bars.values.end(), [](double v) { return !(std::abs(v) > 1); });
  double base = 0;
  if (!std::isfinite(along.fraction(base))) base = along.low;
  for (std::size_t i = 0; i < bars.values.size(); ++i) {
    if (!std::isfinite(along.fraction(bars.values[i]))) continue;
    const double from = double(i) + start, to = from + share * 0.92;
    const auto a = bars.horizontal ? place(plan, base, from) : place(plan, from, base);
    const auto b = bars.horizontal ? place(plan, bars.values[i], to) : place(plan, to, bars.values[i]);
    if (!a || !b) continue;
    const Rect box{std::min(a->x, b->x), std::min(a->y, b->y), std::abs(a->x - b->x), std::abs(a->y - b->y)};
    canvas.rect(box, theme.color(bars.ink), std::min({2.0f, box.width / 2, box.height / 2}));
    if (!bars.show_values) continue;
    const std::string label = shares ? fixed_text(bars.values[i], 2) : number_text(bars.values[i]);
    const auto style = canvas.small();
    if (bars.horizontal) {
      const float w = canvas.width(label, style) + 5, middle = box.y + box.height / 2;
      if (box.height < style.size * 0.7f) continue;
      const bool inside = box.right() + w > plan.plot.right();
      const Color ink =
          contrast(theme.color(bars.ink), theme.panel) > contrast(theme.color(bars.ink), theme.text)
              ? theme.panel
              : theme.text;
      canvas.text(label, {inside ? box.right() - 5 : box.right() + 5, middle}, style,
                  inside ? ink : theme.muted, inside ? Horizontal::right : Horizontal::left,
                  Vertical::middle);
    } else if (canvas.width(label, style) <=
                   static_cast<float>(plan.plot.width * plan.x.fraction(plan.x.low + 1)) &&
               box.y - style.size > plan.plot.y) {
      canvas.text(label, {box.x + box.width / 2, box.y - 3}, style, theme.muted, Horizontal::centre);
    }
  }
}

template <class T, class F>
void each(const Panel& panel, F&& f) {
  for (const auto& mark : panel.marks)
    if (const auto* m = std::get_if<T>(&mark)) f(*m);
}

}  // namespace

void draw_marks(const PanelLayout& plan, Canvas& canvas) {
  const Panel& panel = *plan.panel;
  canvas.clip(plan.plot);
  if (!plan.heatmap) each<Spans>(panel, [&](const Spans& m) { detail::draw(m, plan, canvas); });
  each<Heatmap>(panel, [&](const Heatmap& m) { draw_heatmap(m, plan, canvas); });
  each<Band>(panel, [&](const Band& m) { draw(m, plan, canvas); });
  int groups = 0, group = 0;
  each<Bars>(panel, [&](const Bars&) { ++groups; });
  each<Bars>(panel, [&](const Bars& m) { draw(m, group++, groups, plan, canvas); });
  each<Columns>(panel, [&](const Columns& m) { detail::draw(m, plan, canvas); });
  each<Links>(panel, [&](const Links& m) { detail::draw(m, plan, canvas); });
  each<Chain>(panel, [&](const Chain& m) { detail::draw(m, plan, canvas); });
  each<Line>(panel, [&](const Line& m) { draw(m, plan, canvas); });
  each<Scatter>(panel, [&](const Scatter& m) { draw(m, plan, canvas); });
  each<Arrow>(panel, [&](const Arrow& m) { detail::draw(m, plan, canvas); });
  if (plan.heatmap) each<Spans>(panel, [&](const Spans& m) { detail::draw(m, plan, canvas); });
  each<Rule>(panel, [&](const Rule& m) { detail::draw(m, plan, canvas); });
  each<Note>(panel, [&](const Note& m) { detail::draw(m, plan, canvas); });
  each<Cursor>(panel, [&](const Cursor& m) { detail::draw(m, plan, canvas); });
  canvas.clip(std::nullopt);
}

}  // namespace gatescope::plot::detail
