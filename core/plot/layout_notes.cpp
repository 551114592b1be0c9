#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"
#include "core/plot/link.h"

namespace gatescope::plot::detail {
namespace {

// Keeps a label readable over data: most of the panel's tone behind it. (x, y) is the left end of its
// baseline.
void ground(Canvas& canvas, float x, float y, float width, const TextStyle& style) {
  if (width <= 0) return;
  canvas.rect({x - 3, y - style.size * 0.88f, width + 6, style.size * 1.16f},
              with_alpha(canvas.theme.panel, 0.75f), 2);
}

// Parallel diagonals over a box, one line that runs on along its edges. What lies beyond is cut off.
void hatch(Canvas& canvas, const Rect& box, Color color) {
  const float apart = canvas.scaled(9), high = box.height;
  std::vector<Point> points;
  bool up = true;
  for (float x = box.x - high; x < box.right(); x += apart) {
    const Point low{x, box.bottom()}, top{x + high, box.y};
    points.push_back(up ? low : top);
    points.push_back(up ? top : low);
    up = !up;
  }
  if (points.size() > 1) canvas.line(std::move(points), canvas.theme.hairline, color);
}

Rect common(const Rect& one, const Rect& other) {
  const float x = std::max(one.x, other.x), y = std::max(one.y, other.y);
  return {x, y, std::max(0.0f, std::min(one.right(), other.right()) - x),
          std::max(0.0f, std::min(one.bottom(), other.bottom()) - y)};
}

}  // namespace

void draw_lock(Canvas& canvas, Point middle, float size, Color color) {
  const float width = 0.78f * size, body = 0.56f * size, r = 0.24f * size, line = 0.14f * size;
  const float top = middle.y + size / 2 - body;
  std::vector<Point> shackle{{middle.x - r, top}};
  for (int k = 0; k <= 8; ++k) {
    const float angle = 3.14159265f * (1 - static_cast<float>(k) / 8);
    shackle.push_back({middle.x + r * std::cos(angle), top - 0.1f * size - r * std::sin(angle)});
  }
  shackle.push_back({middle.x + r, top});
  canvas.line(std::move(shackle), line, color);
  canvas.rect({middle.x - width / 2, top, width, body}, color, 0.1f * size);
}

// Forced steps are hatched and have a lock, so that they can be told without their colour. Behind plots a
// tint with dashed edges; over heatmaps, whose colours must stay true, the dashed outline alone.
void draw(const Spans& spans, const PanelLayout& plan, Canvas& canvas) {
  const Color color = canvas.theme.color(spans.ink);
  for (const auto& [from, to] : spans.intervals) {
    const Scale& scale = spans.along_y ? plan.y : plan.x;
    const double f0 = scale.fraction(from), f1 = scale.fraction(to);
    if (!std::isfinite(f0) || !std::isfinite(f1) || std::max(f0, f1) < 0 || std::min(f0, f1) > 1) continue;
    const auto low = static_cast<float>(std::clamp(std::min(f0, f1), 0.0, 1.0));
    const auto high = static_cast<float>(std::clamp(std::max(f0, f1), 0.0, 1.0));
    const Rect& plot = plan.plot;
    const Rect box =
        spans.along_y
            ? Rect{plot.x, plot.bottom() - high * plot.height, plot.width, (high - low) * plot.height}
            : Rect{plot.x + low * plot.width, plot.y, (high - low) * plot.width, plot.height};
    canvas.add(Box{.rect = box,
                   .fill = with_alpha(color, plan.heatmap ? 0 : 0.13f * color.alpha),
                   .stroke = color,
                   .stroke_width = canvas.theme.hairline * 1.4f,
                   .dash = {4, 3}});
    if (spans.ink.role != InkRole::forced || spans.along_y) continue;
    const Rect seen = common(box, plot);
    if (seen.width <= 0) continue;
    canvas.clip(seen);
    hatch(canvas, seen, with_alpha(color, (plan.heatmap ? 0.5f : 0.22f) * color.alpha));
    canvas.clip(plot);
    const float size = std::min(canvas.scaled(11), seen.height - canvas.scaled(3));
    if (size < canvas.scaled(6) || seen.width < size + canvas.scaled(4)) continue;
    const float ground = size + canvas.scaled(4);
    canvas.rect({seen.x, seen.y, ground, ground}, with_alpha(canvas.theme.panel, 0.85f), canvas.scaled(2));
    draw_lock(canvas, {seen.x + ground / 2, seen.y + ground / 2}, size, color);
  }
}

void draw(const Arrow& arrow, const PanelLayout& plan, Canvas& canvas) {
  const auto from = place(plan, arrow.x0, arrow.y0), to = place(plan, arrow.x1, arrow.y1);
  if (!from || !to) return;
  const float length = std::hypot(to->x - from->x, to->y - from->y);
  if (length < 0.5f) return;
  const float width = canvas.theme.line_width * arrow.weight, head = std::min(length, 5 * width + 2);
  const Point along{(to->x - from->x) / length, (to->y - from->y) / length}, across{-along.y, along.x};
  const Point neck{to->x - along.x * head, to->y - along.y * head};
  const Color color = canvas.theme.color(arrow.ink);
  if (length > head) canvas.line({*from, neck}, width, color);
  const float half = head * 0.4f;
  canvas.add(Polygon{.points = {*to,
                                {neck.x + across.x * half, neck.y + across.y * half},
                                {neck.x - across.x * half, neck.y - across.y * half}},
                     .fill = color});
}

void draw(const Rule& rule, const PanelLayout& plan, Canvas& canvas) {
  const auto f = (rule.vertical ? plan.x : plan.y).fraction(rule.at);
  if (!(f >= 0 && f <= 1)) return;
  const auto& theme = canvas.theme;
  const Rect& plot = plan.plot;
  const float width = theme.hairline * 1.4f, at = rule.vertical ? x_of(plan, rule.at) : y_of(plan, rule.at);
  const auto style = canvas.small();
  const Color color = theme.color(rule.ink);
  const float text = canvas.width(rule.label, style);
  if (rule.vertical) {
    canvas.line({{at, plot.y}, {at, plot.bottom()}}, width, color, dash_lengths(rule.dash, width));
    if (plot.height < style.size * 1.6f + 4) return;  // no room for words without hiding what is marked
    const bool left = rule.before ? at - text - 6 >= plot.x : at + text + 6 > plot.right();
    const float x = left ? at - 5 - text : at + 5;
    ground(canvas, x, plot.y + 2 + style.size * 0.9f, text, style);
    canvas.text(rule.label, {x, plot.y + 2 + style.size * 0.9f}, style, theme.text);
  } else {
    canvas.line({{plot.x, at}, {plot.right(), at}}, width, color, dash_lengths(rule.dash, width));
    const bool below = at - style.size * 1.3f < plot.y;
    const float x = plot.right() - 4 - text, base = below ? at + 3 + style.size * 0.9f : at - 5;
    ground(canvas, x, base, text, style);
    canvas.text(rule.label, {x, base}, style, theme.text);
  }
}

bool is_paragraph(const Panel& panel) {
  return panel.marks.size() == 1 && panel.x.hidden && panel.y.hidden &&
         std::holds_alternative<Note>(panel.marks.front());
}

namespace {

// In lines as wide as the plot, in type as large as they have room for, at most that of titles.
void draw_paragraph(const Note& note, const PanelLayout& plan, Canvas& canvas) {
  const Rect& plot = plan.plot;
  const auto lines_of = [&](const TextStyle& style) {
    return wrap_words(canvas, note.text, style, plot.width);
  };
  const auto most = [&](const TextStyle& style) {
    return static_cast<std::size_t>((plot.height + 0.3f * style.size) / canvas.line_height(style));
  };
  TextStyle style = canvas.headline();
  std::vector<std::string> lines = lines_of(style);
  while (lines.size() > most(style) && style.size > canvas.least_legible()) {
    style.size = std::max(canvas.least_legible(), style.size - canvas.scaled(0.5f));
    lines = lines_of(style);
  }
  if (lines.size() > most(style)) {
    lines.resize(std::max<std::size_t>(1, most(style)));
    lines.back() = shorten(canvas, lines.back() + " …", style, plot.width);
    canvas.leave_out("the end of a paragraph");
  }
  float y = plot.y + canvas.extent("M", style).ascent;
  for (const std::string& line : lines) {
    canvas.text(line, {plot.x, y}, style, canvas.theme.color(note.ink));
    y += canvas.line_height(style);
  }
}

}  // namespace

void draw(const Note& note, const PanelLayout& plan, Canvas& canvas) {
  if (is_paragraph(*plan.panel)) return draw_paragraph(note, plan, canvas);
  const auto at = place(plan, note.x, note.y);
  if (!at) return;
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const Color color = theme.color(note.ink);
  if (note.dot) {
    canvas.add(Markers{
        .size = theme.marker_size * 1.3f + 2 * theme.halo_width, .at = {*at}, .colors = {theme.halo}});
    canvas.add(Markers{.size = theme.marker_size * 1.3f, .at = {*at}, .colors = {color}});
  }
  const float w = canvas.width(note.text, style), away = note.dot ? theme.marker_size + 3 : 3;
  const bool left = at->x + away + w > plan.plot.right() && at->x - away - w >= plan.plot.x;
  const float x = std::clamp(left ? at->x - away - w : at->x + away, plan.plot.x,
                             std::max(plan.plot.x, plan.plot.right() - w));
  const float least = plan.plot.y + style.size, y = std::max(at->y - (note.dot ? 4 : 0), least);
  ground(canvas, x, y, w, style);
  canvas.text(note.text, {x, y}, style, color);
}

void add_haloed(Canvas& canvas, Box frame) {
  const float width = frame.stroke_width;
  frame.stroke = canvas.theme.halo;
  frame.stroke_width = width + 2 * canvas.theme.halo_width;
  canvas.add(Box(frame));
  frame.stroke = canvas.theme.cursor;
  frame.stroke_width = width;
  canvas.add(std::move(frame));
}

// In the cursor's tone between edges of the opposite one, so that it shows on every colour of every map; a
// frame round the column where a line would strike out what is written in the cells.
void draw(const Cursor& cursor, const PanelLayout& plan, Canvas& canvas) {
  const auto& theme = canvas.theme;
  const Rect& plot = plan.plot;
  const float width = theme.hairline * 1.6f;
  auto line = [&](Point a, Point b) {
    canvas.line({a, b}, width + 2 * theme.halo_width, theme.halo);
    canvas.line({a, b}, width, theme.cursor);
  };
  auto inside = [](double fraction) { return fraction >= 0 && fraction <= 1; };
  const bool column = cursor.x && plan.heatmap && has_words(*plan.panel);
  if (column && inside(plan.x.fraction(*cursor.x))) {
    const float left = x_of(plan, *cursor.x - 0.5), right = x_of(plan, *cursor.x + 0.5);
    const Rect box{std::min(left, right), plot.y, std::abs(right - left), plot.height};
    add_haloed(canvas, Box{.rect = box, .stroke_width = width});
  } else if (cursor.x && inside(plan.x.fraction(*cursor.x)))
    line({x_of(plan, *cursor.x), plot.y}, {x_of(plan, *cursor.x), plot.bottom()});
  if (!cursor.y || !inside(plan.y.fraction(*cursor.y))) return;
  if (!plan.heatmap) return line({plot.x, y_of(plan, *cursor.y)}, {plot.right(), y_of(plan, *cursor.y)});
  const float above = y_of(plan, *cursor.y - 0.5), below = y_of(plan, *cursor.y + 0.5);
  const float height = std::max(3 * theme.hairline, std::abs(above - below));
  const Rect row{plot.x, (above + below - height) / 2, plot.width, height};
  add_haloed(canvas, Box{.rect = row, .stroke_width = theme.hairline});
}

}  // namespace gatescope::plot::detail
