#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

constexpr float bar_width = 10, bar_gap = 12;

AxisTicks color_ticks(const PanelLayout& plan, const Canvas& canvas) {
  const float line = canvas.line_height(canvas.small());
  return fit_ticks(plan.colors->scale, false, plan.plot.height, line * 0.4f, 6,
                   [&](const std::string&) { return line; });
}

/// What the title row says of a panel.
const std::string& heading_of(const Panel& panel) {
  return panel.heading.empty() ? panel.title : panel.heading;
}

TextStyle title_style(const PanelLayout& plan, const Canvas& canvas) {
  TextStyle style = canvas.bold();
  if (plan.compact)
    style.size = std::max(canvas.least_legible(), (plan.least_detail < 2 ? 0.62f : 0.46f) * style.size);
  return style;
}

// What a compact colour bar takes at least, its numbers and the gap to its left included.
float least_bar(const PanelLayout& plan, const Canvas& canvas) {
  const auto style = canvas.small();
  return canvas.width(number_text(plan.colors->scale.high), style) +
         canvas.width(number_text(plan.colors->scale.low), style) + 28 * canvas.theme.type +
         canvas.scaled(26);
}

// What the panel's title and its remark take of the title row.
struct TitleRow {
  float mark = 0, title = 0, remark = 0;
};
TitleRow title_row(const PanelLayout& plan, const Canvas& canvas) {
  const Panel& panel = *plan.panel;
  const TextStyle bold = title_style(plan, canvas);
  TitleRow row;
  if (!heading_of(panel).empty() && panel.title_ink.role != InkRole::neutral)
    row.mark = 9 * canvas.theme.type * bold.size / canvas.theme.size_text();
  // A heading that is longer than the title is shortened before anything beside it gives way.
  row.title = row.mark + canvas.width(panel.title, bold) + (panel.title.empty() ? 0 : canvas.scaled(12));
  if (!panel.remark.empty()) row.remark = canvas.width(panel.remark, canvas.small()) + canvas.scaled(12);
  return row;
}

/// The colours from low to high, in `room`: upwards where it is higher than wide, else to the right. An end
/// beyond which there are values is pointed. Returns where the colours stand, without the points.
Rect draw_ramp(const Rect& room, const ColorRange& colors, Canvas& canvas) {
  const bool upright = room.height > room.width;
  const int steps = upright ? color_table_size : 128;
  const float tip = 0.8f * std::min(room.width, room.height), line = canvas.theme.hairline * 0.6f;
  const float before = colors.below ? tip : 0, after = colors.above ? tip : 0;
  const Rect bar = upright ? Rect{room.x, room.y + after, room.width, room.height - before - after}
                           : Rect{room.x + before, room.y, room.width - before - after, room.height};
  const auto point = [&](bool high) {
    const float sign = high ? 1 : -1;
    const Color color = canvas.table_at(colors.table)[high ? color_table_size - 1 : 0];
    const Point middle = upright ? Point{bar.x + bar.width / 2, high ? bar.y - tip : bar.bottom() + tip}
                                 : Point{high ? bar.right() + tip : bar.x - tip, bar.y + bar.height / 2};
    const Point one = upright ? Point{bar.x, middle.y + sign * tip} : Point{middle.x - sign * tip, bar.y};
    const Point other = upright ? Point{bar.right(), one.y} : Point{one.x, bar.bottom()};
    canvas.add(Polygon{.points = {one, middle, other}, .fill = color});
    canvas.line({one, middle, other}, line, canvas.theme.axis, {});
  };
  if (colors.below) point(false);
  if (colors.above) point(true);
  auto ramp = std::make_shared<std::vector<float>>();
  for (int i = 0; i < steps; ++i) {
    const float share = (static_cast<float>(i) + 0.5f) / static_cast<float>(steps);
    ramp->push_back(upright ? 1 - share : share);
  }
  canvas.add(Image{.rect = bar,
                   .rows = upright ? steps : 1,
                   .columns = upright ? 1 : steps,
                   .values = ramp,
                   .table = colors.table});
  if (colors.colors.map == Colormap::diverging && colors.colors.strikes &&
      !canvas.theme.print) {  // a line through what is negative
    const float negative = static_cast<float>(std::clamp(colors.scale.fraction(0), 0.0, 1.0)),
                stroke = std::clamp(0.16f * std::min(bar.width, bar.height), 1.0f, 2 * canvas.theme.type);
    const Color ink = with_alpha(canvas.theme.panel, 0.75f);
    if (upright)
      canvas.rect({bar.x + (bar.width - stroke) / 2, bar.bottom() - negative * bar.height, stroke,
                   negative * bar.height},
                  ink);
    else
      canvas.rect({bar.x, bar.y + (bar.height - stroke) / 2, negative * bar.width, stroke}, ink);
  }
  canvas.add(Box{.rect = bar, .stroke = canvas.theme.axis, .stroke_width = line});
  return bar;
}

}  // namespace

bool color_bar_fits(const PanelLayout& plan, const Canvas& canvas) {
  if (!plan.colors || plan.bar == ColorScale::Bar::none) return true;
  if (plan.bar == ColorScale::Bar::right)
    return plan.detail < 2 && color_ticks(plan, canvas).major.size() > 1;
  if (!plan.titled || plan.compact) return false;
  const TitleRow row = title_row(plan, canvas);
  return plan.plot.width >= row.title + row.remark + least_bar(plan, canvas);
}

float color_bar_width(const PanelLayout& plan, const Canvas& canvas) {
  if (plan.bar != ColorScale::Bar::right || plan.bar_below || !plan.colors || plan.detail >= 2) return 0;
  const float title =
      plan.colors->colors.title.empty() ? 0 : canvas.line_height(canvas.small()) + canvas.scaled(4);
  return canvas.scaled(bar_gap + bar_width + tick_length + label_gap) +
         widest(color_ticks(plan, canvas).major, canvas, canvas.small()) + title;
}

float title_row_height(const PanelLayout& plan, const Canvas& canvas) {
  if (!plan.titled || plan.panel->joined) return 0;
  const bool bar = plan.bar == ColorScale::Bar::compact && !plan.bar_below && plan.colors;
  if (heading_of(*plan.panel).empty() && plan.panel->remark.empty() && !bar) return 0;
  return canvas.line_height(title_style(plan, canvas)) + canvas.scaled(plan.compact ? 1 : 4);
}

bool legend_in_title_row(const PanelLayout& plan, const Canvas& canvas) {
  if (plan.legend.empty() || heading_of(*plan.panel).empty() || !plan.titled || plan.panel->joined)
    return false;
  float taken = canvas.width(heading_of(*plan.panel), canvas.bold()) + 40 * canvas.theme.type +
                legend_row_width(plan.legend, canvas) + canvas.width(plan.panel->remark, canvas.small());
  if (plan.bar == ColorScale::Bar::compact && !plan.bar_below && plan.colors)
    taken += 160 * canvas.theme.type + canvas.width(plan.colors->colors.title, canvas.small());
  return taken < plan.plot.width;
}

void draw_title_row(const PanelLayout& plan, Canvas& canvas) {
  if (!plan.titled || plan.panel->joined) return;
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const float left = plan.plot.x;
  float right = plan.plot.right();
  TextStyle bold = title_style(plan, canvas);
  const float base = plan.cell.y + canvas.extent("M", bold).ascent;
  const float room = right - left;
  const Panel& panel = *plan.panel;
  const auto [mark, titled, remarked] = title_row(plan, canvas);
  const bool swatch = mark > 0;

  // The title comes first, then the remark, then the bar.
  if (plan.bar == ColorScale::Bar::compact && !plan.bar_below && plan.colors &&
      color_bar_fits(plan, canvas)) {
    const float spare = room - titled - remarked - least_bar(plan, canvas) + 28 * theme.type;
    const float length = std::clamp(spare, 28 * theme.type, 72 * theme.type), height = 0.6f * style.size;
    const std::string high = number_text(plan.colors->scale.high), low = number_text(plan.colors->scale.low);
    canvas.text(high, {right, base}, style, theme.muted, Horizontal::right);
    right -= canvas.width(high, style) + canvas.scaled(5);
    const Rect bar{right - length, base - height - style.size * 0.06f, length, height};
    draw_ramp(bar, *plan.colors, canvas);
    right = bar.x - canvas.scaled(5);
    canvas.text(low, {right, base}, style, theme.muted, Horizontal::right);
    right -= canvas.width(low, style) + canvas.scaled(16);
    const std::string& quantity = plan.colors->colors.title;
    const float gap = canvas.scaled(12);
    if (!quantity.empty() && canvas.width(quantity, style) + gap < right - left - titled - remarked) {
      canvas.text(quantity, {right, base}, style, theme.muted, Horizontal::right);
      right -= canvas.width(quantity, style) + gap;
    }
  }
  float x = left;
  const float natural = canvas.width(heading_of(panel), bold) + mark, width = right - left;
  const float factor = natural > width ? width / natural * 0.995f : 1;
  bold.size = std::min(bold.size, std::max(canvas.least_legible(), bold.size * factor));
  if (swatch) {
    const float across = mark * bold.size / title_style(plan, canvas).size;
    canvas.rect({x, base - bold.size * 0.78f, across * 0.39f, bold.size * 0.86f},
                theme.color(panel.title_ink), across / 6);
    x += across;
  }
  const std::string title = shorten(canvas, heading_of(panel), bold, right - x);
  canvas.text(title, {x, base}, bold, theme.text);
  if (title.empty() && !heading_of(panel).empty()) canvas.leave_out("titles of panels");
  x += title.empty() ? 0 : canvas.width(title, bold) + canvas.scaled(12);
  if (plan.legend_at == Legend::above && legend_in_title_row(plan, canvas)) {
    x += 10 * theme.type;
    draw_legend_rows(plan.legend, canvas, {x, base - canvas.extent("M", style).ascent}, right - x);
    x += legend_row_width(plan.legend, canvas) + canvas.scaled(12);
  }
  // A number that is cut would be another number: a remark stands whole or not at all.
  const TextStyle quiet{.size = std::min(style.size, bold.size), .weight = Weight::regular};
  if (panel.remark.empty()) return;
  if (canvas.width(panel.remark, quiet) <= right - x)
    canvas.text(panel.remark, {right, base}, quiet, theme.muted, Horizontal::right);
  else
    canvas.leave_out("remarks beside titles");
}

void draw_color_bar(const PanelLayout& plan, Canvas& canvas) {
  if (plan.bar != ColorScale::Bar::right || plan.bar_below || !plan.colors || plan.detail >= 2) return;
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const Rect room{plan.plot.right() + canvas.scaled(bar_gap), plan.plot.y, canvas.scaled(bar_width),
                  plan.plot.height};
  const float tick = canvas.scaled(tick_length), gap = canvas.scaled(label_gap);
  const Rect bar = draw_ramp(room, *plan.colors, canvas);
  const auto ticks = color_ticks(plan, canvas).major;
  for (const auto& [at, label] : ticks) {
    const float y = bar.bottom() - static_cast<float>(plan.colors->scale.fraction(at)) * bar.height;
    canvas.line({{bar.right(), y}, {bar.right() + tick, y}}, theme.hairline, theme.axis);
    canvas.text(label, {bar.right() + tick + gap, y}, style, theme.muted, Horizontal::left, Vertical::middle);
  }
  if (plan.detail > 0 || plan.colors->colors.title.empty()) return;
  const float x = bar.right() + tick + gap + widest(ticks, canvas, style) + canvas.scaled(4);
  canvas.text(shorten(canvas, plan.colors->colors.title, style, bar.height),
              {x + canvas.extent("M", style).ascent, bar.y + bar.height / 2}, style, theme.muted,
              Horizontal::centre, Vertical::baseline, 90);
}

namespace {

// A colour scale that stands below the panels.
struct BarBelow {
  ColorRange colors;
  std::string name, low, high;
  float width = 0;  // with a ramp of the least length
};

bool same_scale(const ColorRange& a, const ColorRange& b) {
  return a.table == b.table && a.scale.low == b.scale.low && a.scale.high == b.scale.high &&
         a.scale.kind == b.scale.kind && a.colors.title == b.colors.title;
}

// Each scale once. It is called by its quantity; by a panel of it where another scale has the same map.
std::vector<BarBelow> collect_bars_below(const std::vector<PanelLayout>& plans, const Canvas& canvas) {
  std::vector<BarBelow> bars;
  std::vector<const PanelLayout*> firsts;
  for (const PanelLayout& plan : plans) {
    if (!plan.bar_below || !plan.colors) continue;
    const auto same = std::find_if(bars.begin(), bars.end(),
                                   [&](const BarBelow& bar) { return same_scale(bar.colors, *plan.colors); });
    if (same != bars.end()) {
      same->colors.below |= plan.colors->below;
      same->colors.above |= plan.colors->above;
      continue;
    }
    bars.push_back({*plan.colors, plan.colors->colors.title, number_text(plan.colors->scale.low),
                    number_text(plan.colors->scale.high)});
    firsts.push_back(&plan);
  }
  const auto style = canvas.small();
  for (std::size_t k = 0; k < bars.size(); ++k) {
    const bool ambiguous = std::count_if(bars.begin(), bars.end(), [&](const BarBelow& other) {
                             return other.colors.table == bars[k].colors.table;
                           }) > 1;
    const std::string& panel = firsts[k]->panel->title;
    if (ambiguous && !panel.empty()) bars[k].name = panel;
    const float name = bars[k].name.empty() ? 0 : canvas.width(bars[k].name, style) + canvas.scaled(8);
    bars[k].width = name + canvas.width(bars[k].low, style) + canvas.width(bars[k].high, style) +
                    canvas.scaled(10) + 20 * canvas.theme.type;
  }
  return bars;
}

constexpr float bars_gap = 18;

// How many bars stand in each row.
std::vector<std::size_t> rows_of(const std::vector<BarBelow>& bars, const Canvas& canvas, float width) {
  std::vector<std::size_t> rows;
  float x = 0;
  for (const BarBelow& bar : bars) {
    if (rows.empty() || x + canvas.scaled(bars_gap) + bar.width > width)
      rows.push_back(0), x = 0;
    else
      x += canvas.scaled(bars_gap);
    x += bar.width;
    ++rows.back();
  }
  return rows;
}

}  // namespace

float bars_below_height(const std::vector<PanelLayout>& plans, const Canvas& canvas, float width) {
  const auto bars = collect_bars_below(plans, canvas);
  if (bars.empty()) return 0;
  return canvas.line_height(canvas.small()) * static_cast<float>(rows_of(bars, canvas, width).size()) +
         canvas.scaled(4);
}

void draw_bars_below(const std::vector<PanelLayout>& plans, Canvas& canvas, const Rect& room) {
  const auto bars = collect_bars_below(plans, canvas);
  const auto style = canvas.small();
  const auto& theme = canvas.theme;
  const float height = 0.6f * style.size, gap = canvas.scaled(5), line = canvas.line_height(style);
  float base = room.y + canvas.scaled(4) + canvas.extent("M", style).ascent;
  std::size_t k = 0;
  for (const std::size_t count : rows_of(bars, canvas, room.width)) {
    float taken = canvas.scaled(bars_gap) * static_cast<float>(count - 1);
    for (std::size_t i = k; i < k + count; ++i) taken += bars[i].width;
    const float more = std::clamp((room.width - taken) / static_cast<float>(count), 0.0f, 52 * theme.type);
    float x = room.x;
    for (const std::size_t end = k + count; k < end; ++k) {
      const BarBelow& bar = bars[k];
      const float length = 20 * theme.type + more;
      if (!bar.name.empty()) {
        const float over = std::max(0.0f, bar.width - room.width);
        const std::string name = shorten(canvas, bar.name, style, canvas.width(bar.name, style) - over);
        canvas.text(name, {x, base}, style, theme.muted);
        x += canvas.width(name, style) + canvas.scaled(8);
      }
      canvas.text(bar.low, {x, base}, style, theme.muted);
      x += canvas.width(bar.low, style) + gap;
      draw_ramp({x, base - height - style.size * 0.06f, length, height}, bar.colors, canvas);
      x += length + gap;
      canvas.text(bar.high, {x, base}, style, theme.muted);
      x += canvas.width(bar.high, style) + canvas.scaled(bars_gap);
    }
    base += line;
  }
}

}  // namespace gatescope::plot::detail
