#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

struct AxisExtent {
  Extent& out;
  bool along_y, log;

  void take(double value) const {
    if (!log || value > 0) out.take(value);
  }
  void take_all(const std::vector<double>& values) const {
    for (double v : values) take(v);
  }
  void pairs(const std::vector<double>& x, const std::vector<double>& y) const {
    if (along_y) return take_all(y);
    for (std::size_t i = 0; i < y.size(); ++i)
      if (std::isfinite(y[i])) take(x_at(x, i));
  }
  void operator()(const Line& m) const { pairs(m.x, m.y); }
  void operator()(const Scatter& m) const { pairs(m.x, m.y); }
  void operator()(const Band& m) const {
    pairs(m.x, m.low);
    pairs(m.x, m.high);
  }
  void operator()(const Heatmap& m) const {
    if (m.values.empty()) return;
    const double start = along_y ? m.y0 : m.x0, step = along_y ? m.dy : m.dx;
    take(start - step / 2);
    take(start + (double(along_y ? m.values.rows : m.values.columns) - 0.5) * step);
  }
  void operator()(const Bars& m) const {
    if (m.values.empty()) return;
    if (along_y == m.horizontal) {
      take(-0.5);
      take(double(std::max(m.values.size(), m.categories.size())) - 0.5);
    } else {
      take(0);
      take_all(m.values);
    }
  }
  void operator()(const Note& m) const { take(along_y ? m.y : m.x); }
  void operator()(const Arrow& m) const {
    take(along_y ? m.y0 : m.x0);
    take(along_y ? m.y1 : m.x1);
  }
  void operator()(const Rule& m) const {
    if (along_y != m.vertical) take(m.at);
  }
  void operator()(const Columns& m) const {
    if (along_y) return take_all(m.values);
    for (const auto* places : {&m.x, &m.waiting})
      for (double x : *places) take(x - 0.5), take(x + 0.5);
  }
  void operator()(const Chain& m) const {
    if (along_y) return take(0), take(double(m.lanes.size()));
    for (const auto* places : {&m.x, &m.waiting})
      for (double x : *places) take(x - 0.5), take(x + 0.5);
  }
  void operator()(const Links& m) const {
    for (const Links::Link& link : m.links) {
      take(along_y ? link.y0 : link.x0);
      take(along_y ? link.y1 : link.x1);
      if (along_y && link.y0 == link.y1)
        take(link.y0 + m.rise * std::abs(link.x1 - link.x0));  // an arc's top
    }
    for (const Links::Spot& spot : m.spots) take(along_y ? spot.y : spot.x);
  }
  void operator()(const TextStrip&) const {}
  void operator()(const Spans&) const {}
  void operator()(const Cursor&) const {}
  void operator()(const Diagram&) const {}
};

bool exact(const Panel& panel, bool along_y) {
  for (const auto& mark : panel.marks) {
    if (std::holds_alternative<Heatmap>(mark) || std::holds_alternative<Columns>(mark) ||
        std::holds_alternative<Chain>(mark))
      return true;
    if (const auto* bars = std::get_if<Bars>(&mark); bars && bars->horizontal == along_y) return true;
  }
  return false;
}

// An axis without given ends: the data and a little air, never a range of nothing.
Scale make_scale(const Axis& axis, const Extent& data, bool tight, bool from_zero) {
  Scale scale;
  scale.kind = axis.kind;
  double low = data.any ? data.low : 0, high = data.any ? data.high : 1;
  if (axis.kind == ScaleKind::log) {
    if (!data.any) low = 0.1;
    if (low == high) low /= 2, high *= 2;
    // high / low may be more than the largest number.
    const double air = tight ? 1 : std::pow(high, 0.04) / std::pow(low, 0.04);
    low = std::max(low / air, std::numeric_limits<double>::min());
    high = std::min(high * air, std::numeric_limits<double>::max() / 10);
  } else {
    if (axis.kind == ScaleKind::symlog)
      scale.threshold =
          axis.threshold > 0 ? axis.threshold : std::max({std::abs(low), std::abs(high), 1e-30}) * 1e-3;
    if (low == high) {
      const double air = low == 0 || axis.whole ? 0.5 : std::abs(low) * 0.1;
      low -= air, high += air;
    } else if (!tight) {
      const double air = (high - low) * 0.04;
      if (!(from_zero && low == 0)) low -= air;
      if (!(from_zero && high == 0)) high += air;
    }
  }
  const auto given = [&](const std::optional<double>& end) {
    return end && std::isfinite(*end) && (axis.kind != ScaleKind::log || *end > 0);
  };
  if (given(axis.low)) low = *axis.low;
  if (given(axis.high)) high = *axis.high;
  if (axis.kind == ScaleKind::log) low = std::min(low, std::numeric_limits<double>::max() / 100);
  if (!(high > low)) high = axis.kind == ScaleKind::log ? low * 10 : low + 1;
  scale.low = low;
  scale.high = high;
  return scale;
}

template <class T>
bool holds(const Panel& panel) {
  return std::any_of(panel.marks.begin(), panel.marks.end(),
                     [](const Mark& m) { return std::holds_alternative<T>(m); });
}

int count_gaps(const std::vector<double>& values) {
  return static_cast<int>(
      std::count_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }));
}

// The range and gaps of the panel's coloured mark, if it has one.
std::optional<ColorRange> color_range(const Panel& panel, Canvas& canvas) {
  auto of = [&](const ColorScale& colors, const auto& values) {
    Extent extent;
    int gaps = 0;
    for (const auto v : values)
      gaps += !(std::abs(v) <= std::numeric_limits<std::decay_t<decltype(v)>>::max());
    const bool given = colors.low && colors.high && colors.kind != ScaleKind::log;
    if (!given)
      for (double v : values)
        if (colors.kind != ScaleKind::log || v > 0) extent.take(v);
    auto range = resolve(colors, extent, canvas);
    range.gaps = gaps;
    using Value = std::decay_t<decltype(values[0])>;
    constexpr Value finite = std::numeric_limits<Value>::max();
    const double air = 1e-6 * (std::abs(range.scale.low) + std::abs(range.scale.high));
    const auto low = static_cast<Value>(range.scale.low - air),
               high = static_cast<Value>(range.scale.high + air);
    int below = 0, above = 0;
    for (const auto v : values) {
      below += (v < low) & (v >= -finite);
      above += (v > high) & (v <= finite);
    }
    range.below = below > 0;
    range.above = above > 0;
    return range;
  };
  for (const auto& mark : panel.marks) {
    if (const auto* m = std::get_if<Heatmap>(&mark); m && !m->values.empty()) {
      auto range = of(m->colors, *m->values.values);
      if (!m->row_scales.empty()) range.below = range.above = false;  // a row's own scale holds all of it
      return range;
    }
    if (const auto* m = std::get_if<TextStrip>(&mark); m && !m->characters.empty())
      return of(m->colors, m->values);
    if (const auto* m = std::get_if<Line>(&mark); m && !m->color_by.empty())
      return of(m->colors, m->color_by);
    if (const auto* m = std::get_if<Scatter>(&mark); m && !m->color_by.empty())
      return of(m->colors, m->color_by);
    if (const auto* m = std::get_if<Columns>(&mark)) return of(m->colors, m->values);
  }
  return std::nullopt;
}

}  // namespace

Extent extent_of(const Panel& panel, bool along_y) {
  Extent extent;
  const bool log = (along_y ? panel.y : panel.x).kind == ScaleKind::log;
  for (const auto& mark : panel.marks) std::visit(AxisExtent{extent, along_y, log}, mark);
  if (!along_y && !log && extent.any &&
      !panel.x.characters.empty()) {  // each character stands under its whole step
    extent.take(-0.5);
    extent.take(double(panel.x.characters.size()) - 0.5);
  }
  return extent;
}

ColorRange resolve(const ColorScale& colors, const Extent& data, Canvas& canvas) {
  ColorRange range;
  range.colors = colors;
  range.table = canvas.table(colors.map, colors.quantity);
  double low = data.any ? data.low : 0, high = data.any ? data.high : 1;
  if (colors.map == Colormap::diverging) {
    high = std::max(std::abs(low), std::abs(high));
    if (colors.high)
      high = std::abs(*colors.high);
    else if (colors.low)
      high = std::abs(*colors.low);
    low = -high;
  }
  if (colors.low && colors.map != Colormap::diverging) low = *colors.low;
  if (colors.high) high = *colors.high;
  if (colors.kind == ScaleKind::log && !(low > 0)) low = high > 0 ? high * 1e-6 : 1e-6;
  if (!(high > low)) {
    if (colors.kind == ScaleKind::log)
      high = low * 10;
    else if (colors.map == Colormap::diverging)
      low = -1, high = 1;
    else
      low -= 0.5, high += 0.5;
  }
  range.scale = {.kind = colors.kind,
                 .low = low,
                 .high = high,
                 .threshold = std::max(std::abs(low), std::abs(high)) * 1e-3};
  return range;
}

Color ColorRange::color(const Canvas& canvas, double value) const {
  if (!std::isfinite(value)) return canvas.theme.gap;
  double f = scale.fraction(value);
  if (!std::isfinite(f)) f = 0;  // zero on a logarithmic colour scale
  return canvas.table_at(table)[table_index(static_cast<float>(f), 0, 1)];
}

void set_scales(PanelLayout& plan, const Extent& x, const Extent& y) {
  const Panel& panel = *plan.panel;
  const bool lines = holds<Line>(panel) || holds<Band>(panel);
  const bool bars_up = std::any_of(panel.marks.begin(), panel.marks.end(), [](const Mark& m) {
    const auto* bars = std::get_if<Bars>(&m);
    return bars && !bars->horizontal;
  });
  const bool bars_along = holds<Bars>(panel) && !bars_up;
  const bool portrait = std::any_of(panel.marks.begin(), panel.marks.end(), [](const Mark& m) {
    const auto* line = std::get_if<Line>(&m);
    return line && !line->color_by.empty();
  });
  plan.x = make_scale(panel.x, x, (exact(panel, false) || (lines && !portrait)) && !holds<Scatter>(panel),
                      bars_along);
  plan.y = make_scale(panel.y, y, exact(panel, true), bars_up);
  plan.x.reversed = panel.x.reversed;
  if (plan.steps && !plan.strip) {
    const double low = plan.steps->first - 0.5, high = plan.steps->last + 0.5;
    if (low >= plan.x.low - 1e-6 && high <= plan.x.high + 1e-6 && low < high)
      plan.x.low = low, plan.x.high = high;
  }
  plan.y.reversed = panel.y.reversed != (plan.heatmap || bars_along);  // the first row or category on top
}

PanelLayout make_panel_layout(const Panel& panel, int index, const std::optional<Steps>& steps,
                              Canvas& canvas) {
  PanelLayout plan;
  if (panel.x.counts == Counts::steps && panel.x.numbers.empty()) plan.steps = steps;
  plan.panel = &panel;
  plan.index = index;
  plan.strip = holds<TextStrip>(panel);
  plan.heatmap = holds<Heatmap>(panel);
  plan.colors = color_range(panel, canvas);
  plan.widest_character = widest_character(panel.x, canvas);
  for (const auto& mark : panel.marks)
    if (const auto* bars = std::get_if<Bars>(&mark)) {
      auto& names = bars->horizontal ? plan.y_categories : plan.x_categories;
      if (names.empty()) names = bars->categories;
    }
  plan.diagram = holds<Diagram>(panel);
  bool strip_filled = false;
  for (const auto& mark : panel.marks)
    if (const auto* strip = std::get_if<TextStrip>(&mark)) strip_filled |= !strip->characters.empty();
  plan.empty = plan.diagram ? false
               : plan.strip ? !strip_filled
                            : !extent_of(panel, false).any || !extent_of(panel, true).any;
  set_scales(plan, extent_of(panel, false), extent_of(panel, true));
  return plan;
}

std::vector<LegendEntry> legend_entries(const PanelLayout& plan, const Theme& theme) {
  std::vector<LegendEntry> entries;
  int gaps = 0;
  auto add = [&](LegendEntry entry) {
    if (entry.name.empty()) return;
    for (auto& known : entries)
      if (known.name == entry.name && known.color == with_alpha(entry.color, known.color.alpha)) {
        if (entry.kind == LegendEntry::Kind::band)
          known.with_band = true;
        else if (known.kind == LegendEntry::Kind::band)
          entry.with_band = true, known = entry;
        return;
      }
    entries.push_back(std::move(entry));
  };
  for (const auto& mark : plan.panel->marks) {
    if (const auto* m = std::get_if<Line>(&mark)) {
      gaps += count_gaps(m->y);
      if (m->color_by.empty())
        add({.kind = LegendEntry::Kind::line,
             .name = m->name,
             .color = theme.color(m->ink),
             .dash = m->dash,
             .weight = m->weight,
             .marker = m->marker});
    } else if (const auto* b = std::get_if<Band>(&mark)) {
      add({.kind = LegendEntry::Kind::band, .name = b->name, .color = theme.color(b->ink)});
    } else if (const auto* bars = std::get_if<Bars>(&mark)) {
      gaps += count_gaps(bars->values);
      add({.kind = LegendEntry::Kind::box, .name = bars->name, .color = theme.color(bars->ink)});
    } else if (const auto* s = std::get_if<Scatter>(&mark)) {
      for (std::size_t i = 0; i < s->y.size(); ++i)
        gaps += !std::isfinite(s->y[i]) || !std::isfinite(x_at(s->x, i));
      if (s->color_by.empty())
        add({.kind = LegendEntry::Kind::marker,
             .name = s->name,
             .color = theme.color(s->ink),
             .marker = s->marker});
    } else if (const auto* chain = std::get_if<Chain>(&mark)) {
      for (const Chain::Lane& lane : chain->lanes) gaps += count_gaps(lane.flows);
    } else if (const auto* links = std::get_if<Links>(&mark)) {
      for (const Links::Link& link : links->links) gaps += !std::isfinite(link.flow);
      add({.kind = LegendEntry::Kind::box, .name = links->name, .color = theme.color(links->ink)});
    } else if (const auto* spans = std::get_if<Spans>(&mark); spans && !spans->intervals.empty()) {
      if (plan.heatmap) continue;  // the hatch and the lock say it there
      add({.kind = LegendEntry::Kind::box,
           .name = spans->name,
           .color = theme.color(spans->ink),
           .dash = Dash::dashed});
    }
  }
  if (plan.colors) gaps += plan.colors->gaps;
  if (gaps > 0)
    entries.push_back({.kind = LegendEntry::Kind::gap,
                       .name = gaps == 1 ? "1 value not finite" : number_text(gaps, 9) + " values not finite",
                       .color = theme.gap});
  return entries;
}

}  // namespace gatescope::plot::detail
