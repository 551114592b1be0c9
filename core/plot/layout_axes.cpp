#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "core/plot/layout_detail.h"
#include "core/utf8.h"

namespace gatescope::plot::detail {
namespace {

std::string axis_title(const Axis& axis) {
  if (axis.unit.empty()) return axis.title;
  return axis.title.empty() ? axis.unit : axis.title + " (" + axis.unit + ")";
}

// The axis' title as far as it makes sense in that room: with its unit, without, most of it, or nothing.
std::string fitting_title(const Axis& axis, Canvas& canvas, float length) {
  const std::string whole = axis_title(axis);
  for (const std::string& title : {whole, axis.title})
    if (!title.empty() && canvas.width(title, canvas.small()) <= length) return title;
  const std::string fitting = shorten(canvas, whole, canvas.small(), length);
  if (fitting.size() > 12) return fitting;
  if (!whole.empty()) canvas.leave_out("titles of axes");
  return "";
}

// Whether the characters of the steps would stand under them on a page of the usual width.
bool usually_shows_characters(const PanelLayout& plan, const Canvas& canvas) {
  constexpr float usual_width = 700;
  const auto count = static_cast<float>(plan.panel->x.characters.size());
  return count > 0 && 0.6f * count * plan.widest_character <= canvas.scaled(usual_width);
}

// Characters stay longer than numbers do: they say what was read.
bool labels_x(const PanelLayout& plan) {
  return plan.show_x && !plan.panel->x.hidden && plan.detail < (plan.x_characters ? 3 : 2);
}

bool labels_y(const PanelLayout& plan) {
  return plan.show_y && !plan.panel->y.hidden && plan.detail < 2;
}

// What the axes do not say where room is short.
void say_left_out(const PanelLayout& plan, Canvas& canvas) {
  const Axis &x = plan.panel->x, &y = plan.panel->y;
  const bool shown_x = plan.show_x && !x.hidden, shown_y = plan.show_y && !y.hidden;
  if (plan.detail > 0 && ((shown_x && !axis_title(x).empty()) || (shown_y && !axis_title(y).empty())))
    canvas.leave_out("titles of axes");
  if (plan.empty) return;
  const bool characters = shown_x && usually_shows_characters(plan, canvas);
  if ((shown_x && !characters && !labels_x(plan)) || (shown_y && !labels_y(plan)))
    canvas.leave_out("numbers at axes");
  if (characters && !(plan.x_characters && labels_x(plan)))
    canvas.leave_out("the characters under their steps");
}

// Of given ticks those that do not overlap the one before.
std::vector<Tick> thin_ticks(std::vector<Tick> ticks, const Scale& scale, float axis, float gap,
                             const LabelLength& length) {
  std::erase_if(ticks, [&](const Tick& t) {
    const double f = scale.fraction(t.at);
    return !(f >= -1e-9 && f <= 1 + 1e-9);
  });
  std::sort(ticks.begin(), ticks.end(), [](const Tick& a, const Tick& b) { return a.at < b.at; });
  std::vector<Tick> kept;
  for (auto& tick : ticks) {
    kept.push_back(tick);
    if (kept.size() > 1 && !fits({kept[kept.size() - 2], kept.back()}, scale, axis, gap, length))
      kept.pop_back();
  }
  return kept;
}

std::vector<Tick> category_ticks(const std::vector<std::string>& names) {
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < names.size(); ++i) ticks.push_back({double(i), display_text(names[i])});
  return ticks;
}

// Largest size at which every step's character fits under its step; 0 where none does.
float character_size(const PanelLayout& plan, const Canvas& canvas) {
  if (plan.panel->x.characters.empty() || plan.plot.width <= 0) return 0;
  const double step = std::abs(plan.x.fraction(1) - plan.x.fraction(0)) * plan.plot.width;
  const float factor = std::min(1.0f, static_cast<float>(step) / std::max(plan.widest_character, 1e-3f));
  return factor < (canvas.theme.least_type > 0 ? 1 : 0.6f) ? 0 : canvas.theme.size_small() * factor;
}

// Names of bars need no room between their lines: the bars have some.
float row_height(const Canvas& canvas, const TextStyle& style) {
  const auto e = canvas.extent("Mg", style);
  return e.ascent + e.descent;
}

// How large the names of bars are beside the plot: where bars are low, up to a fifth smaller, so that every
// one has its name as long as that can be read.
TextStyle row_style(const PanelLayout& plan, const Canvas& canvas) {
  const auto style = canvas.small();
  if (plan.y_categories.size() < 2) return style;
  const double apart = std::abs(plan.y.fraction(1) - plan.y.fraction(0)) * plan.plot.height;
  const float least = std::max(0.8f * style.size, canvas.least_legible());
  auto smaller = style;
  while (row_height(canvas, smaller) > apart && smaller.size > least)
    smaller.size = std::max(smaller.size - canvas.scaled(0.5f), least);
  return row_height(canvas, smaller) <= apart ? smaller : style;
}

void fit_x(PanelLayout& plan, Canvas& canvas) {
  const auto style = canvas.small();
  const Axis& axis = plan.panel->x;
  const LabelLength length = [&](const std::string& label) { return canvas.width(label, style); };
  const float gap = style.size * 0.9f;
  plan.x_characters = false;
  plan.x_rotation = 0;
  if (!plan.x_categories.empty()) {
    const auto all = category_ticks(plan.x_categories);
    plan.x_ticks = {thin_ticks(all, plan.x, plan.plot.width, gap / 2, length), {}};
    if (plan.x_ticks.major.size() < all.size()) {
      const float line = canvas.line_height(style);
      plan.x_ticks.major =
          thin_ticks(all, plan.x, plan.plot.width, 0, [&](const std::string&) { return line; });
      plan.x_rotation = 45;
    }
  } else if (!axis.ticks.empty()) {
    plan.x_ticks = {thin_ticks(axis.ticks, plan.x, plan.plot.width, gap / 2, length), {}};
  } else {
    plan.character_size = character_size(plan, canvas);
    plan.x_characters = plan.character_size > 0;
    plan.x_ticks = fit_ticks(plan.x, axis.whole, plan.plot.width, gap, 11, length);
  }
}

void fit_y(PanelLayout& plan, Canvas& canvas) {
  const float line = canvas.line_height(canvas.small());
  const LabelLength length = [&](const std::string&) { return line; };
  const Axis& axis = plan.panel->y;
  if (!plan.y_categories.empty()) {
    const float name = row_height(canvas, row_style(plan, canvas));
    plan.y_ticks = {thin_ticks(category_ticks(plan.y_categories), plan.y, plan.plot.height, 0,
                               [&](const std::string&) { return name; }),
                    {}};
  } else if (!axis.ticks.empty())
    plan.y_ticks = {thin_ticks(axis.ticks, plan.y, plan.plot.height, 0, length), {}};
  else
    plan.y_ticks = fit_ticks(plan.y, axis.whole, plan.plot.height, line * 0.5f, 8, length);
}

void draw_x_labels(const PanelLayout& plan, Canvas& canvas) {
  const auto style = canvas.small();
  const float y = plan.plot.bottom() + canvas.scaled(tick_length + label_gap);
  if (plan.x_characters) {
    TextStyle small = style;
    small.size = plan.character_size;
    const auto& characters = plan.panel->x.characters;
    const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(plan.x.low)));
    for (std::size_t i = first; i < characters.size() && double(i) <= plan.x.high; ++i) {
      const double f = plan.x.fraction(double(i));
      if (f < 0 || f > 1) continue;
      const std::string shown = display_text(characters[i], "·");
      canvas.text(shown, {x_of(plan, double(i)), y}, small,
                  shown == characters[i] ? canvas.theme.text : canvas.theme.muted, Horizontal::centre,
                  Vertical::top);
    }
    return;
  }
  for (const auto& tick : plan.x_ticks.major) {
    const Point at{x_of(plan, tick.at), y};
    if (plan.x_rotation != 0)
      canvas.text(tick.label, at, style, canvas.theme.muted, Horizontal::right, Vertical::middle,
                  plan.x_rotation);
    else
      canvas.text(tick.label, at, style, canvas.theme.muted, Horizontal::centre, Vertical::top);
  }
}

float x_labels_height(const PanelLayout& plan, const Canvas& canvas) {
  const auto style = canvas.small();
  if (plan.x_rotation == 0) return canvas.line_height(style);
  return (widest(plan.x_ticks.major, canvas, style) + style.size) * 0.71f;
}

}  // namespace

bool fits(const std::vector<Tick>& ticks, const Scale& scale, float axis, float gap,
          const LabelLength& length) {
  for (std::size_t i = 1; i < ticks.size(); ++i) {
    const double apart = std::abs(scale.fraction(ticks[i].at) - scale.fraction(ticks[i - 1].at)) * axis;
    if (apart < (length(ticks[i].label) + length(ticks[i - 1].label)) / 2 + gap) return false;
  }
  return true;
}

// As many round numbers as stand apart.
AxisTicks fit_ticks(const Scale& scale, bool whole, float axis, float gap, int most,
                    const LabelLength& length) {
  AxisTicks ticks;
  for (int n = std::clamp(static_cast<int>(axis / 24), 2, most); n >= 2; --n) {
    ticks = choose_ticks(scale, whole, n);
    if (fits(ticks.major, scale, axis, gap, length)) return ticks;
  }
  if (ticks.major.size() > 1) ticks.major = {ticks.major.front()};
  return ticks;
}

float widest_character(const Axis& axis, const Canvas& canvas) {
  std::set<std::string_view> distinct;
  for (std::size_t i = 0; i < axis.characters.size(); ++i)
    if (i == 0 || axis.characters[i] != axis.characters[i - 1]) distinct.insert(axis.characters[i]);
  float widest = 0;
  for (const auto c : distinct) widest = std::max(widest, canvas.width(display_text(c, "·"), canvas.small()));
  return widest;
}

float widest(const std::vector<Tick>& ticks, const Canvas& canvas, const TextStyle& style) {
  float width = 0;
  for (const auto& tick : ticks) width = std::max(width, canvas.width(tick.label, style));
  return width;
}

void fit_axes(PanelLayout& plan, Canvas& canvas) {
  plan.left = plan.right = plan.bottom = 0;
  if (plan.strip || plan.diagram) return;
  const auto style = canvas.small();
  const float line = canvas.line_height(style);
  fit_x(plan, canvas);
  fit_y(plan, canvas);
  const bool below = labels_x(plan), beside = labels_y(plan);
  if (beside && !plan.empty)
    plan.left = widest(plan.y_ticks.major, canvas, style) + canvas.scaled(tick_length + label_gap);
  if (beside && plan.detail < 1 && !axis_title(plan.panel->y).empty()) plan.left += line + canvas.scaled(4);
  if (below && !plan.empty)
    plan.bottom = canvas.scaled(tick_length + label_gap) + x_labels_height(plan, canvas);
  if (below && plan.detail < 1 && !axis_title(plan.panel->x).empty()) plan.bottom += line + canvas.scaled(2);
  if (below && !plan.empty && !plan.x_characters && plan.x_rotation == 0 && !plan.x_ticks.major.empty()) {
    for (const auto& tick : plan.x_ticks.major) {
      const float half = canvas.width(tick.label, style) / 2;
      const float centre = static_cast<float>(plan.x.fraction(tick.at)) * plan.plot.width;
      plan.right = std::max(plan.right, centre + half - plan.plot.width);
      plan.left = std::max(plan.left, half - centre);
    }
  }
  plan.right = std::max(plan.right, color_bar_width(plan, canvas));
}

void thin_labels(PanelLayout& plan, const Canvas& canvas) {
  if (plan.strip || plan.diagram) return;
  const auto style = canvas.small();
  const float line = canvas.line_height(style);
  const LabelLength across = [&](const std::string& label) {
    return plan.x_rotation != 0 ? line : canvas.width(label, style);
  };
  const float row = plan.y_categories.empty() ? line : row_height(canvas, row_style(plan, canvas));
  const LabelLength down = [&](const std::string&) { return row; };
  if (!fits(plan.x_ticks.major, plan.x, plan.plot.width, 0, across))
    plan.x_ticks.major = thin_ticks(plan.x_ticks.major, plan.x, plan.plot.width, 0, across);
  if (!fits(plan.y_ticks.major, plan.y, plan.plot.height, 0, down))
    plan.y_ticks.major = thin_ticks(plan.y_ticks.major, plan.y, plan.plot.height, 0, down);
}

void drop_labels_that_meet(const PanelLayout& above, PanelLayout& below, const Canvas& canvas) {
  const float line = canvas.line_height(canvas.small());
  float lowest = above.plot.y - line;
  for (const Tick& tick : above.y_ticks.major) lowest = std::max(lowest, y_of(above, tick.at));
  std::erase_if(below.y_ticks.major, [&](const Tick& tick) { return y_of(below, tick.at) < lowest + line; });
}

void draw_axes(const PanelLayout& plan, Canvas& canvas) {
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const Rect& plot = plan.plot;
  const bool below = labels_x(plan), beside = labels_y(plan);
  say_left_out(plan, canvas);

  if (!plan.heatmap && !plan.empty) {
    if (plan.panel->y.grid && plan.y_categories.empty())
      for (const auto& tick : plan.y_ticks.major)
        canvas.line({{plot.x, y_of(plan, tick.at)}, {plot.right(), y_of(plan, tick.at)}}, theme.hairline,
                    theme.grid);
    if (plan.panel->x.grid && plan.x_categories.empty() && !plan.x_characters)
      for (const auto& tick : plan.x_ticks.major)
        canvas.line({{x_of(plan, tick.at), plot.y}, {x_of(plan, tick.at), plot.bottom()}}, theme.hairline,
                    theme.grid);
    const auto zero = plan.y.fraction(0);
    if (plan.y.kind != ScaleKind::log && zero > 0 && zero < 1 && plan.y_categories.empty())
      canvas.line({{plot.x, y_of(plan, 0)}, {plot.right(), y_of(plan, 0)}}, theme.hairline, theme.axis);
    if (plan.y_categories.empty())
      canvas.line({{plot.x, plot.bottom()}, {plot.right(), plot.bottom()}}, theme.hairline, theme.axis);
    else
      canvas.line({{x_of(plan, 0), plot.y}, {x_of(plan, 0), plot.bottom()}}, theme.hairline, theme.axis);
  }
  if (!plan.empty) {
    auto x_tick = [&](double at, float length) {
      const float x = x_of(plan, at);
      canvas.line({{x, plot.bottom()}, {x, plot.bottom() + length}}, theme.hairline, theme.axis);
    };
    auto y_tick = [&](double at, float length) {
      const float y = y_of(plan, at);
      canvas.line({{plot.x - length, y}, {plot.x, y}}, theme.hairline, theme.axis);
    };
    if (!plan.panel->x.hidden && plan.x_categories.empty() && !plan.x_characters)
      for (const auto& tick : plan.x_ticks.major) x_tick(tick.at, canvas.scaled(tick_length));
    if (!plan.panel->x.hidden)
      for (double at : plan.x_ticks.minor) x_tick(at, canvas.scaled(tick_length) / 2);
    if (!plan.panel->y.hidden && plan.y_categories.empty() && (plan.heatmap || !plan.y_ticks.minor.empty()))
      for (const auto& tick : plan.y_ticks.major) y_tick(tick.at, canvas.scaled(tick_length));
    if (!plan.panel->y.hidden)
      for (double at : plan.y_ticks.minor) y_tick(at, canvas.scaled(tick_length) / 2);
    if (below) draw_x_labels(plan, canvas);
    if (beside)
      for (const auto& tick : plan.y_ticks.major)
        canvas.text(tick.label, {plot.x - canvas.scaled(tick_length + label_gap), y_of(plan, tick.at)},
                    row_style(plan, canvas), plan.y_categories.empty() ? theme.muted : theme.text,
                    Horizontal::right, Vertical::middle);
  }
  if (plan.detail > 0) return;
  if (below)
    canvas.text(fitting_title(plan.panel->x, canvas, plot.width),
                {plot.x + plot.width / 2, plan.cell.bottom()}, style, theme.muted, Horizontal::centre,
                Vertical::bottom);
  if (beside && !plan.panel->joined)  // that of the panel above
    canvas.text(fitting_title(plan.panel->y, canvas, plot.height),
                {plan.cell.x + canvas.extent("M", style).ascent, plot.y + plot.height / 2}, style,
                theme.muted, Horizontal::centre, Vertical::baseline, 90);
}

}  // namespace gatescope::plot::detail