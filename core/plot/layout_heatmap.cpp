#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"
#include "core/plot/thin.h"
#include "core/utf8.h"

namespace gatescope::plot::detail {
namespace {

constexpr float cells_per_point = 1;  // at scale 1 every cell still has a pixel of its own

// The whole cells of one direction that the axis shows: first and how many.
std::pair<int, int> visible_cells(const Scale& scale, double start, double step, int count) {
  const double low = (scale.low - start) / step, high = (scale.high - start) / step;
  const int first = std::clamp(static_cast<int>(std::floor(std::min(low, high) + 0.5 + 1e-9)), 0, count);
  const int last = std::clamp(static_cast<int>(std::ceil(std::max(low, high) + 0.5 - 1e-9)), first, count);
  return {first, last - first};
}

void draw_labels(const Heatmap& heatmap, const ColorRange& colors, const PanelLayout& plan, Canvas& canvas) {
  const int rows = heatmap.values.rows, columns = heatmap.values.columns;
  if (heatmap.labels.size() != std::size_t(rows) * std::size_t(columns)) return;
  const double fx = plan.x.fraction(heatmap.x0 + heatmap.dx) - plan.x.fraction(heatmap.x0);
  const double fy = plan.y.fraction(heatmap.y0 + heatmap.dy) - plan.y.fraction(heatmap.y0);
  const float width = static_cast<float>(std::abs(fx)) * plan.plot.width;
  const float height = static_cast<float>(std::abs(fy)) * plan.plot.height;
  const TextStyle style = canvas.body();
  if (height < style.size) return;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      const auto& raw = heatmap.labels[std::size_t(r) * std::size_t(columns) + std::size_t(c)];
      const std::string label = display_text(raw);
      if (label.empty() || canvas.width(label, style) > width - 1) continue;
      const Color under = colors.color(canvas, heatmap.values.at(r, c));
      const Color light = rgb(0xffffff), dark = rgb(0x101318);
      canvas.text(label, {x_of(plan, heatmap.x0 + c * heatmap.dx), y_of(plan, heatmap.y0 + r * heatmap.dy)},
                  style, contrast(under, light) > contrast(under, dark) ? light : dark, Horizontal::centre,
                  Vertical::middle);
    }
}

/// The window's values over their rows' scales.
Matrix scaled_rows(const Heatmap& heatmap, const Window& window) {
  std::vector<float> values;
  values.reserve(std::size_t(window.rows) * std::size_t(window.columns));
  for (int r = window.row; r < window.row + window.rows; ++r) {
    const double scale = heatmap.row_scales[std::size_t(r)];
    const auto factor = static_cast<float>(scale > 0 ? 1 / scale : 1);
    for (int c = window.column; c < window.column + window.columns; ++c)
      values.push_back(heatmap.values.at(r, c) * factor);
  }
  return {window.rows, window.columns, std::move(values)};
}

}  // namespace

void strike_negatives(const std::vector<float>& values, int rows, int columns, const Rect& rect,
                      Canvas& canvas) {
  constexpr float flattest = 5, shortest = 1.5f;
  const Theme& theme = canvas.theme;
  if (theme.print || rows <= 0 || columns <= 0) return;
  const float height = rect.height / static_cast<float>(rows),
              width = rect.width / static_cast<float>(columns);
  if (height < flattest) return;
  const float line = std::clamp(0.13f * height, 1.0f, 2 * theme.type);
  const float inset = std::min(0.15f * width, theme.hairline);
  const Color color = with_alpha(theme.panel, 0.75f);
  for (int r = 0; r < rows; ++r) {
    const float y = rect.y + (static_cast<float>(r) + 0.5f) * height - line / 2;
    for (int c = 0; c < columns; ++c) {
      const auto below = [&](int column) {
        return column < columns &&
               values[std::size_t(r) * std::size_t(columns) + static_cast<std::size_t>(column)] < 0;
      };
      const int first = c;
      while (below(c)) ++c;
      const float length = static_cast<float>(c - first) * width - 2 * inset;
      if (length >= shortest)
        canvas.rect({rect.x + static_cast<float>(first) * width + inset, y, length, line}, color);
    }
  }
}

void draw_heatmap(const Heatmap& heatmap, const PanelLayout& plan, Canvas& canvas) {
  Matrix matrix = heatmap.values;
  if (matrix.empty() || !plan.colors || plan.plot.width <= 0 || plan.plot.height <= 0) return;
  const auto [column, columns] = visible_cells(plan.x, heatmap.x0, heatmap.dx, matrix.columns);
  const auto [row, rows] = visible_cells(plan.y, heatmap.y0, heatmap.dy, matrix.rows);
  if (columns == 0 || rows == 0) return;
  Window window{row, rows, column, columns};
  if (heatmap.row_scales.size() == std::size_t(matrix.rows)) {
    matrix = scaled_rows(heatmap, window);
    window = {0, rows, 0, columns};
  }
  auto thinned =
      thin_matrix(matrix, window, std::max(1, static_cast<int>(plan.plot.height * cells_per_point)),
                  std::max(1, static_cast<int>(plan.plot.width * cells_per_point)));

  const float x0 = x_of(plan, heatmap.x0 + (column - 0.5) * heatmap.dx);
  const float x1 = x_of(plan, heatmap.x0 + (column + columns - 0.5) * heatmap.dx);
  const float y0 = y_of(plan, heatmap.y0 + (row - 0.5) * heatmap.dy);
  const float y1 = y_of(plan, heatmap.y0 + (row + rows - 0.5) * heatmap.dy);
  const std::size_t width = std::size_t(thinned.columns);
  if (x1 < x0)
    for (auto at = thinned.values.begin(); at != thinned.values.end(); at += thinned.columns)
      std::reverse(at, at + thinned.columns);
  if (y1 < y0) {  // rows rise: the top row is the last
    for (int r = 0; r < thinned.rows / 2; ++r)
      std::swap_ranges(thinned.values.begin() + std::ptrdiff_t(std::size_t(r) * width),
                       thinned.values.begin() + std::ptrdiff_t(std::size_t(r + 1) * width),
                       thinned.values.begin() + std::ptrdiff_t(std::size_t(thinned.rows - 1 - r) * width));
  }
  const ColorRange& colors = *plan.colors;
  const Rect rect{std::min(x0, x1), std::min(y0, y1), std::abs(x1 - x0), std::abs(y1 - y0)};
  const auto values = std::make_shared<std::vector<float>>(std::move(thinned.values));
  const bool can_be_negative = colors.colors.map == Colormap::diverging && colors.colors.strikes;
  const std::vector<float> plain = can_be_negative ? *values : std::vector<float>();
  float low = static_cast<float>(colors.scale.low), high = static_cast<float>(colors.scale.high);
  if (colors.scale.kind != ScaleKind::linear) {
    for (auto& v : *values) {
      if (!std::isfinite(v)) continue;
      const double f = colors.scale.fraction(v);
      v = std::isfinite(f) ? static_cast<float>(f) : 0.0f;  // zero has the colour of the low end
    }
    low = 0, high = 1;
  }
  canvas.add(Image{.rect = rect,
                   .rows = thinned.rows,
                   .columns = thinned.columns,
                   .values = values,
                   .table = colors.table,
                   .low = low,
                   .high = high,
                   .gap = canvas.theme.gap});
  if (can_be_negative) strike_negatives(plain, thinned.rows, thinned.columns, rect, canvas);
  draw_labels(heatmap, colors, plan, canvas);
}

}  // namespace gatescope::plot::detail
