#include <algorithm>

#include "core/figure/layout_detail.h"

namespace gatescope::figure::detail {
namespace {

constexpr float bar_width = 10, bar_gap = 12;

AxisTicks color_ticks(const Plan& plan, const Canvas& canvas) {
  const float line = canvas.line_height(canvas.small());
  return fit_ticks(plan.colors->scale, false, plan.plot.height, line * 0.4f, 6,
                   [&](const std::string&) { return line; });
}

TextStyle title_style(const Plan& plan, const Canvas& canvas) {
  TextStyle style = canvas.bold();
  if (plan.compact)
    style.size = std::max(least_legible, (plan.least_detail < 2 ? 0.62f : 0.46f) * style.size);
  return style;
}

// What a compact colour bar takes at least, its numbers and the gap to its left included.
float least_bar(const Plan& plan, const Canvas& canvas) {
  const auto style = canvas.small();
  return canvas.width(number_text(plan.colors->scale.high), style) +
         canvas.width(number_text(plan.colors->scale.low), style) + 28 * canvas.theme.type + 26;
}

}  // namespace

float color_bar_width(const Plan& plan, const Canvas& canvas) {
  if (plan.bar != ColorScale::Bar::right || !plan.colors || plan.detail >= 2) return 0;
  const float title = plan.colors->colors.title.empty() ? 0 : canvas.line_height(canvas.small()) + 4;
  return bar_gap + bar_width + tick_length + label_gap +
         widest(color_ticks(plan, canvas).major, canvas, canvas.small()) + title;
}

float title_row_height(const Plan& plan, const Canvas& canvas) {
  if (!plan.titled) return 0;
  const bool bar = plan.bar == ColorScale::Bar::compact && plan.colors;
  if (plan.panel->title.empty() && plan.panel->remark.empty() && !bar) return 0;
  return canvas.line_height(title_style(plan, canvas)) + (plan.compact ? 1 : 4);
}

bool legend_in_title_row(const Plan& plan, const Canvas& canvas) {
  if (plan.legend.empty() || plan.panel->title.empty() || !plan.titled) return false;
  float taken = canvas.width(plan.panel->title, canvas.bold()) + 40 * canvas.theme.type +
                legend_row_width(plan.legend, canvas) + canvas.width(plan.panel->remark, canvas.small());
  if (plan.bar == ColorScale::Bar::compact && plan.colors)
    taken += 160 * canvas.theme.type + canvas.width(plan.colors->colors.title, canvas.small());
  return taken < plan.plot.width;
}

void draw_title_row(const Plan& plan, Canvas& canvas) {
  if (!plan.titled) return;
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const float left = plan.plot.x;
  float right = plan.plot.right();
  TextStyle bold = title_style(plan, canvas);
  const float base = plan.cell.y + canvas.extent("M", bold).ascent;
  const float room = right - left;
  const Panel& panel = *plan.panel;
  const bool swatch = !panel.title.empty() && panel.title_ink.role != Role::neutral;
  const float mark = swatch ? 9 * theme.type * bold.size / theme.size_text() : 0;

  // The title comes first, then the remark, then the bar.
  const float titled = mark + canvas.width(panel.title, bold) + (panel.title.empty() ? 0 : 12);
  const float remarked = panel.remark.empty() ? 0 : canvas.width(panel.remark, style) + 12;
  if (plan.bar == ColorScale::Bar::compact && plan.colors && !plan.compact &&
      room >= titled + remarked + least_bar(plan, canvas)) {
    const float spare = room - titled - remarked - least_bar(plan, canvas) + 28 * theme.type;
    const float length = std::clamp(spare, 28 * theme.type, 72 * theme.type), height = 0.6f * style.size;
    const std::string high = number_text(plan.colors->scale.high), low = number_text(plan.colors->scale.low);
    canvas.text(high, {right, base}, style, theme.muted, Horizontal::right);
    right -= canvas.width(high, style) + 5;
    const Rect bar{right - length, base - height - style.size * 0.06f, length, height};
    auto ramp = std::make_shared<std::vector<float>>();
    for (int i = 0; i < 128; ++i) ramp->push_back((static_cast<float>(i) + 0.5f) / 128);
    canvas.add(Image{.rect = bar, .rows = 1, .columns = 128, .values = ramp, .table = plan.colors->table});
    canvas.add(Box{.rect = bar, .stroke = theme.axis, .stroke_width = theme.hairline * 0.6f});
    right = bar.x - 5;
    canvas.text(low, {right, base}, style, theme.muted, Horizontal::right);
    right -= canvas.width(low, style) + 16;
    if (!plan.colors->colors.title.empty() &&
        canvas.width(plan.colors->colors.title, style) + 12 < right - left - titled - remarked) {
      canvas.text(plan.colors->colors.title, {right, base}, style, theme.muted, Horizontal::right);
      right -= canvas.width(plan.colors->colors.title, style) + 12;
    }
  }
  float x = left;
  const float natural = canvas.width(panel.title, bold) + mark, width = right - left;
  const float factor = natural > width ? width / natural * 0.995f : 1;
  bold.size = std::min(bold.size, std::max(least_legible, bold.size * factor));
  if (swatch) {
    const float across = mark * bold.size / title_style(plan, canvas).size;
    canvas.rect({x, base - bold.size * 0.78f, across * 0.39f, bold.size * 0.86f},
                theme.color(panel.title_ink), across / 6);
    x += across;
  }
  const std::string title = shorten(canvas, panel.title, bold, right - x);
  canvas.text(title, {x, base}, bold, theme.text);
  x += title.empty() ? 0 : canvas.width(title, bold) + 12;
  if (plan.legend_at == Legend::above && legend_in_title_row(plan, canvas)) {
    x += 10 * theme.type;
    draw_legend_rows(plan.legend, canvas, {x, base - canvas.extent("M", style).ascent}, right - x);
    x += legend_row_width(plan.legend, canvas) + 12;
  }
  // A number that is cut would be another number: a remark stands whole or not at all.
  const TextStyle quiet{.size = std::min(style.size, bold.size), .weight = Weight::regular};
  if (canvas.width(panel.remark, quiet) <= right - x)
    canvas.text(panel.remark, {right, base}, quiet, theme.muted, Horizontal::right);
}

void draw_color_bar(const Plan& plan, Canvas& canvas) {
  if (plan.bar != ColorScale::Bar::right || !plan.colors || plan.detail >= 2) return;
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  const Rect bar{plan.plot.right() + bar_gap, plan.plot.y, bar_width, plan.plot.height};
  auto ramp = std::make_shared<std::vector<float>>();
  for (int i = 0; i < color_table_size; ++i)
    ramp->push_back(1 - (static_cast<float>(i) + 0.5f) / color_table_size);
  canvas.add(Image{
      .rect = bar, .rows = color_table_size, .columns = 1, .values = ramp, .table = plan.colors->table});
  canvas.add(Box{.rect = bar, .stroke = theme.axis, .stroke_width = theme.hairline * 0.6f});
  const auto ticks = color_ticks(plan, canvas).major;
  for (const auto& tick : ticks) {
    const float y = bar.bottom() - static_cast<float>(plan.colors->scale.fraction(tick.at)) * bar.height;
    canvas.line({{bar.right(), y}, {bar.right() + tick_length, y}}, theme.hairline, theme.axis);
    canvas.text(tick.label, {bar.right() + tick_length + label_gap, y}, style, theme.muted, Horizontal::left,
                Vertical::middle);
  }
  if (plan.detail > 0 || plan.colors->colors.title.empty()) return;
  const float x = bar.right() + tick_length + label_gap + widest(ticks, canvas, style) + 4;
  canvas.text(shorten(canvas, plan.colors->colors.title, style, bar.height),
              {x + canvas.extent("M", style).ascent, bar.y + bar.height / 2}, style, theme.muted,
              Horizontal::centre, Vertical::baseline, 90);
}

}  // namespace gatescope::figure::detail
