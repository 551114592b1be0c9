#include "core/plot/layout.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/plot/layout_detail.h"

namespace gatescope::plot {
namespace {

using namespace detail;

constexpr float row_gap = 14, column_gap = 22;

// What is left out, in this order, where the figure is too small for everything. From `compact` on, what is
// left is as small as can be read.
enum class Terse { no, caption, axis_titles, numbers, compact, ticks, legends, title, panel_titles };

float gap_between_rows(Terse terse, const Canvas& canvas) {
  return canvas.scaled(terse < Terse::compact ? row_gap : row_gap / 3);
}

// Title, headlines and shared legend above the panels, caption below: draws them and returns what is left.
Rect draw_frame(const Figure& figure, const std::vector<LegendEntry>& legend, Terse terse, Canvas& canvas) {
  const auto& theme = canvas.theme;
  const Size size = canvas.scene().size;
  Rect inner{theme.padding, theme.padding, std::max(0.0f, size.width - 2 * theme.padding),
             std::max(0.0f, size.height - 2 * theme.padding)};
  float y = inner.y;
  auto headline_width = [&](const Headline& h) {
    return canvas.width(h.value, canvas.headline()) + canvas.scaled(6) +
           canvas.width(h.label, canvas.small());
  };
  float headlines = 0;
  const bool numbers = terse < Terse::numbers && !figure.headlines.empty();
  if (numbers)
    for (const auto& h : figure.headlines) headlines += headline_width(h) + canvas.scaled(24);
  headlines = std::max(0.0f, headlines - canvas.scaled(24));
  Fitted title;
  if (terse < Terse::title) {
    TextStyle style = canvas.title();
    if (terse >= Terse::compact) style.size = std::max(canvas.least_legible(), theme.size_text());
    title = fit_lines(canvas, figure.title, style, inner.width);
  }
  const float title_width = title.empty() ? 0 : canvas.width(title.lines[0], title.style);
  const TextStyle row = numbers || title.empty() ? canvas.title() : title.style;
  const float base = canvas.extent("M", row).ascent, line = canvas.line_height(row);
  const bool beside = title.lines.size() == 1 && title_width + headlines + canvas.scaled(30) <= inner.width;
  for (std::size_t i = 0; i < title.lines.size(); ++i) {
    if (i > 0) y += canvas.line_height(title.style);
    canvas.text(title.lines[i], {inner.x, y + base}, title.style, theme.text);
  }
  if (!title.empty() && !beside && numbers) y += line;
  float x = beside && !title.empty() ? inner.right() - headlines : inner.x;
  for (const auto& h : figure.headlines) {
    if (!numbers) break;
    if (x > inner.x && x + headline_width(h) > inner.right() + 1) x = inner.x, y += line;
    std::string value = h.value;
    if (canvas.width(value, canvas.headline()) > inner.width) {  // a sentence: in as many lines as it needs
      const std::vector<std::string> lines = wrap_words(canvas, value, canvas.headline(), inner.width);
      for (std::size_t k = 0; k + 1 < lines.size(); ++k, y += line)
        canvas.text(lines[k], {inner.x, y + base}, canvas.headline(), theme.text);
      value = lines.back();
    }
    canvas.text(value, {x, y + base}, canvas.headline(), theme.text);
    x += canvas.width(value, canvas.headline()) + canvas.scaled(6);
    std::string label = shorten(canvas, h.label, canvas.small(), inner.right() - x + 0.5f);
    if (label.size() < h.label.size() / 2) label.clear();  // it would say nothing
    canvas.text(label, {x, y + base}, canvas.small(), theme.muted);
    x += canvas.width(h.label, canvas.small()) + canvas.scaled(24);
  }
  if (!title.empty() || numbers) y += line + canvas.scaled(6);
  if (!legend.empty() && terse < Terse::legends) {
    draw_legend_rows(legend, canvas, {inner.x, y}, inner.width);
    y += legend_rows_height(legend, canvas, inner.width) + canvas.scaled(4);
  }
  float bottom = inner.bottom();
  if ((!figure.caption.empty() || figure.caption_lines > 0) && terse < Terse::caption) {
    const auto lines = figure.caption.empty()
                           ? std::vector<std::string>()
                           : wrap_words(canvas, figure.caption, canvas.small(), inner.width);
    const float height = canvas.line_height(canvas.small());
    bottom -=
        height * static_cast<float>(std::max(lines.size(), static_cast<std::size_t>(figure.caption_lines)));
    float at = bottom + canvas.extent("M", canvas.small()).ascent;
    for (const auto& text : lines) {
      canvas.text(text, {inner.x, at}, canvas.small(), theme.muted);
      at += height;
    }
    bottom -= canvas.scaled(8);
  }
  return {inner.x, y, inner.width, std::max(0.0f, bottom - y)};
}

struct GridShape {
  int columns = 1, rows = 0;
  int column(int i) const { return i % columns; }
  int row(int i) const { return i / columns; }
};

// Shares of a length between fixed parts.
std::vector<float> spread(std::vector<float> shares, const std::vector<float>& fixed, float length,
                          float gap) {
  float sum = 0, taken = gap * static_cast<float>(shares.size() - 1);
  for (float s : shares) sum += s;
  for (float f : fixed) taken += f;
  const float squeeze =
      taken > length && taken > 0 ? length / taken : 1;  // too small for everything: nothing leaves the page
  for (std::size_t i = 0; i < shares.size(); ++i)
    shares[i] = fixed[i] * squeeze + std::max(0.0f, length - taken) * (sum > 0 ? shares[i] / sum : 0);
  return shares;
}

// One column in which some panels share the place of the one above them.
void place_joined(std::vector<PanelLayout>& plans, const Rect& room, float between) {
  struct Slot {
    std::size_t first = 0, count = 0;
  };
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (slots.empty() || !plans[i].panel->joined) slots.push_back({i, 0});
    ++slots.back().count;
  }
  std::vector<float> shares, fixed;
  for (const Slot& slot : slots) {
    shares.push_back(0);
    for (const PanelLayout& plan : std::span(plans).subspan(slot.first, slot.count))
      shares.back() = std::max(shares.back(), plan.panel->height);
    fixed.push_back(plans[slot.first].top + plans[slot.first + slot.count - 1].bottom);
  }
  const std::vector<float> heights = spread(shares, fixed, room.height, between);
  float y = room.y;
  for (std::size_t s = 0; s < slots.size(); ++s) {
    const auto within = std::span(plans).subspan(slots[s].first, slots[s].count);
    const float seam = between / 7;
    std::vector<float> parts, around;
    for (const PanelLayout& plan : within) {
      parts.push_back(plan.panel->height);
      around.push_back(plan.top + plan.bottom);
    }
    const std::vector<float> tall = spread(parts, around, heights[s], seam);
    float at = y;
    for (std::size_t k = 0; k < within.size(); ++k) {
      within[k].cell = {room.x, at, room.width, tall[k]};
      at += tall[k] + seam;
    }
    y += heights[s] + between;
  }
}

// Cells by the panels' shares of height and width.
void place_cells(std::vector<PanelLayout>& plans, const GridShape& grid, const Rect& room, float between,
                 float beside_gap) {
  const auto joined = [](const PanelLayout& plan) { return plan.panel->joined; };
  if (grid.columns == 1 && std::any_of(plans.begin(), plans.end(), joined))
    return place_joined(plans, room, between);
  std::vector<float> heights(static_cast<std::size_t>(grid.rows), 0),
      widths(static_cast<std::size_t>(grid.columns), 0);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    auto& h = heights[grid.row(static_cast<int>(i))];
    auto& w = widths[grid.column(static_cast<int>(i))];
    h = std::max(h, plans[i].panel->height);
    w = std::max(w, plans[i].panel->width);
  }
  // Labels of a shared axis stand under the lowest panel only: its row is taller by as much.
  std::vector<float> around(heights.size(), 0), beside(widths.size(), 0);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    auto& a = around[grid.row(static_cast<int>(i))];
    a = std::max(a, plans[i].top + plans[i].bottom);
    auto& b = beside[grid.column(static_cast<int>(i))];
    b = std::max(b, plans[i].left + plans[i].right);
  }
  heights = spread(heights, around, room.height, between);
  widths = spread(widths, beside, room.width, beside_gap);
  float y = room.y;
  for (int r = 0; r < grid.rows; ++r) {
    float x = room.x;
    for (int c = 0; c < grid.columns; ++c) {
      const auto i = static_cast<std::size_t>(r * grid.columns + c);
      if (i < plans.size()) plans[i].cell = {x, y, widths[c], heights[r]};
      x += widths[c] + beside_gap;
    }
    y += heights[r] + between;
  }
}

// A unit as long on both axes: the one with more room reaches further, to both sides.
void make_equal(PanelLayout& plan) {
  const Panel& panel = *plan.panel;
  set_scales(plan, extent_of(panel, false), extent_of(panel, true));
  const double across = (plan.x.high - plan.x.low) / static_cast<double>(plan.plot.width),
               down = (plan.y.high - plan.y.low) / static_cast<double>(plan.plot.height);
  const auto widen = [](Scale& scale, double factor) {
    const double middle = (scale.low + scale.high) / 2, half = factor * (scale.high - scale.low) / 2;
    scale.low = middle - half, scale.high = middle + half;
  };
  if (across < down)
    widen(plan.x, down / across);
  else
    widen(plan.y, across / down);
}

void set_plot(PanelLayout& plan) {
  plan.plot = {plan.cell.x + plan.left, plan.cell.y + plan.top,
               std::max(1.0f, plan.cell.width - plan.left - plan.right),
               std::max(1.0f, plan.cell.height - plan.top - plan.bottom)};
  if (plan.panel->equal) make_equal(plan);
}

// Ticks depend on the plot's size and its size on the ticks' labels: three rounds settle it.
void settle(std::vector<PanelLayout>& plans, const GridShape& grid, const Rect& room, float between,
            Canvas& canvas) {
  for (auto& plan : plans) plan.left = plan.right = plan.bottom = 0, plan.detail = plan.least_detail;
  for (int round = 0; round < 5; ++round) {
    for (auto& plan : plans) {
      plan.top = title_row_height(plan, canvas);
      if (plan.legend_at == Legend::above && (round == 0 || !legend_in_title_row(plan, canvas)))
        plan.top += legend_rows_height(plan.legend, canvas, plan.plot.width);
    }
    place_cells(plans, grid, room, between, canvas.scaled(column_gap));
    for (auto& plan : plans) {
      set_plot(plan);
      if (round > 0 && plan.detail < 2 &&
          (plan.plot.width < 0.4f * plan.cell.width ||
           plan.plot.height < 0.35f * (plan.cell.height - plan.top)))
        ++plan.detail;
      fit_axes(plan, canvas);
      if (plan.legend_at == Legend::right)
        plan.right += legend_box(plan.legend, canvas).width + canvas.scaled(8);
    }
    for (int c = 0; c < grid.columns; ++c) {  // plots of one column stand flush
      float left = 0, right = 0;
      for (auto& plan : plans)
        if (grid.column(plan.index) == c && !plan.strip)
          left = std::max(left, plan.left), right = std::max(right, plan.right);
      for (auto& plan : plans)
        if (grid.column(plan.index) == c && !plan.strip) plan.left = left, plan.right = right;
    }
    for (int r = 0; r < grid.rows; ++r) {  // and of one row
      float bottom = 0, top = 0;
      for (auto& plan : plans)
        if (grid.row(plan.index) == r && !plan.strip)
          bottom = std::max(bottom, plan.bottom), top = std::max(top, plan.top);
      for (auto& plan : plans)
        if (grid.row(plan.index) == r && !plan.strip) plan.bottom = bottom, plan.top = top;
    }
    for (auto& plan : plans) set_plot(plan);
  }
  for (auto& plan : plans) thin_labels(plan, canvas);
  for (std::size_t i = 1; i < plans.size(); ++i)
    if (plans[i].panel->joined) drop_labels_that_meet(plans[i - 1], plans[i], canvas);
}

void draw_empty(const PanelLayout& plan, Canvas& canvas) {
  const auto& theme = canvas.theme;
  canvas.add(Box{.rect = plan.plot,
                 .radius = 6,
                 .stroke = theme.grid,
                 .stroke_width = theme.hairline,
                 .dash = {canvas.scaled(4), canvas.scaled(4)}});
  const std::string text = plan.panel->empty_text.empty() ? "no data yet" : plan.panel->empty_text;
  const Fitted fitted = fit_lines(canvas, text, canvas.body(), plan.plot.width - canvas.scaled(8));
  const float line = canvas.line_height(fitted.style);
  float y = plan.plot.y + (plan.plot.height - line * static_cast<float>(fitted.lines.size() - 1)) / 2;
  for (const std::string& words : fitted.lines) {
    canvas.text(words, {plan.plot.x + plan.plot.width / 2, y}, fitted.style, theme.muted, Horizontal::centre,
                Vertical::middle);
    y += line;
  }
}

void draw_panel(const PanelLayout& plan, Canvas& canvas) {
  Placement placement{
      .panel = plan.index, .plot = plan.plot, .x = plan.x, .y = plan.y, .cells = {}, .targets = {}};
  draw_title_row(plan, canvas);
  if (plan.legend_at == Legend::above && !legend_in_title_row(plan, canvas))
    draw_legend_rows(plan.legend, canvas, {plan.plot.x, plan.cell.y + title_row_height(plan, canvas)},
                     plan.plot.width);
  if (plan.empty) {
    draw_empty(plan, canvas);
    draw_axes(plan, canvas);
  } else if (plan.diagram) {
    draw_diagram(plan, canvas, placement);
  } else if (plan.strip) {
    draw_strip(plan, canvas, placement);
    draw_color_bar(plan, canvas);
  } else {
    if (!is_paragraph(*plan.panel)) draw_axes(plan, canvas);
    draw_marks(plan, canvas);
    draw_color_bar(plan, canvas);
    if (plan.legend_at == Legend::right) {
      const Size box = legend_box(plan.legend, canvas);
      draw_legend_box(plan.legend, canvas,
                      {plan.cell.right() - box.width, plan.plot.y, box.width, box.height}, false);
    } else if (plan.corner) {
      draw_legend_box(plan.legend, canvas, *plan.corner, true);
    }
  }
  canvas.scene().placements.push_back(std::move(placement));
}

// Legends that may choose take a free corner, else a row above the plot.
void choose_legends(std::vector<PanelLayout>& plans, const GridShape& grid, const Rect& room, float between,
                    Canvas& canvas) {
  bool moved = false;
  auto corner = [&](const PanelLayout& plan) {
    Scene scratch;
    scratch.tables = canvas.scene().tables;
    const TextMeasure measure = [&](std::string_view t, const TextStyle& s) { return canvas.extent(t, s); };
    Canvas sketch(scratch, canvas.theme, measure);
    draw_marks(plan, sketch);
    return free_corner(plan, scratch.items, legend_box(plan.legend, canvas));
  };
  for (auto& plan : plans) {
    if (plan.legend.empty() || plan.panel->legend != Legend::automatic) continue;
    if (!plan.heatmap && !plan.strip && !plan.empty) plan.corner = corner(plan);
    if (!plan.corner) plan.legend_at = Legend::above, moved = true;
  }
  if (!moved) return;
  settle(plans, grid, room, between, canvas);
  for (auto& plan : plans)
    if (plan.corner) plan.corner = corner(plan);
}

void share_ranges(const Figure& figure, std::vector<PanelLayout>& plans) {
  if (!figure.share_x && !figure.share_y) return;
  Extent x, y;
  for (const auto& plan : plans) {
    if (plan.strip) continue;
    x.take(extent_of(*plan.panel, false));
    y.take(extent_of(*plan.panel, true));
  }
  for (auto& plan : plans)
    set_scales(plan, figure.share_x ? x : extent_of(*plan.panel, false),
               figure.share_y ? y : extent_of(*plan.panel, true));
}

// Whether enough of the panel is left to the data, and no entry of a legend above it is wider than the plot.
bool mostly_data(const PanelLayout& plan, const Canvas& canvas, Terse terse) {
  const bool above = plan.legend_at == Legend::above && !legend_in_title_row(plan, canvas);
  if (above && legend_box(plan.legend, canvas).width - canvas.scaled(16) > plan.plot.width) return false;
  const float share = terse < Terse::compact ? 0.4f : 0.25f;
  return plan.heatmap || plan.plot.height >= share * plan.cell.height;
}

// What the data says is the same however much is left out: read once, for all attempts.
struct Draft {
  GridShape grid;
  std::vector<PanelLayout> plans;
};

Draft make_draft(const Figure& figure, const std::optional<Steps>& steps, Canvas& canvas) {
  Draft draft;
  const int count = static_cast<int>(figure.panels.size());
  draft.grid.columns = std::clamp(figure.columns, 1, std::max(1, count));
  draft.grid.rows = (count + draft.grid.columns - 1) / draft.grid.columns;
  for (int i = 0; i < count; ++i) {
    PanelLayout plan = make_panel_layout(figure.panels[i], i, steps ? steps : figure.steps, canvas);
    if (plan.panel->legend != Legend::none && !plan.empty) plan.legend = legend_entries(plan, canvas.theme);
    if (plan.colors && !plan.empty) {
      plan.bar = plan.colors->colors.bar;
      if (plan.bar == ColorScale::Bar::automatic)
        plan.bar = count == 1 && !plan.strip ? ColorScale::Bar::right : ColorScale::Bar::compact;
      if (plan.strip && plan.bar == ColorScale::Bar::right) plan.bar = ColorScale::Bar::compact;
      if (plan.panel->joined) plan.bar = ColorScale::Bar::none;  // that of the panel above
    }
    plan.show_x = !figure.share_x || i + draft.grid.columns >= count;
    plan.show_y = !figure.share_y || draft.grid.column(i) == 0;
    draft.plans.push_back(std::move(plan));
  }
  share_ranges(figure, draft.plans);
  return draft;
}

// Bars that find no room in their panels; whether there are new ones.
bool move_bars_below(std::vector<PanelLayout>& plans, const Canvas& canvas) {
  bool moved = false;
  for (PanelLayout& plan : plans) {
    if (plan.bar_below || color_bar_fits(plan, canvas)) continue;
    plan.bar_below = true;
    moved = true;
  }
  return moved;
}

Rect take_bottom(Rect& room, float height) {
  height = std::min(height, room.height);
  room.height -= height;
  return {room.x, room.bottom(), room.width, height};
}

void say_left_out(const Figure& figure, const Draft& draft, Terse terse, Canvas& canvas) {
  const auto any = [&](auto has) { return std::any_of(draft.plans.begin(), draft.plans.end(), has); };
  if (terse >= Terse::caption && !figure.caption.empty()) canvas.leave_out("the caption");
  if (terse >= Terse::numbers && !figure.headlines.empty()) canvas.leave_out("the numbers beside the title");
  if (terse >= Terse::legends && any([](const PanelLayout& plan) { return !plan.legend.empty(); }))
    canvas.leave_out("the legend");
  if (terse >= Terse::title && !figure.title.empty()) canvas.leave_out("the title");
  if (terse >= Terse::panel_titles && any([](const PanelLayout& plan) { return !plan.panel->title.empty(); }))
    canvas.leave_out("titles of panels");
}

// Lays everything out and draws it; false, and no panel is drawn, where a plot came out too small to read.
bool try_layout(const Figure& figure, const Draft& draft, Terse terse, bool last, Canvas& canvas) {
  const GridShape& grid = draft.grid;
  std::vector<PanelLayout> plans = draft.plans;
  std::vector<LegendEntry> shared;
  for (PanelLayout& plan : plans) {
    if (terse >= Terse::legends) plan.legend.clear();
    if (figure.share_legend) {
      for (const auto& entry : plan.legend)
        if (std::find(shared.begin(), shared.end(), entry) == shared.end()) shared.push_back(entry);
      plan.legend.clear();
    }
    if (!plan.legend.empty() && plan.panel->legend != Legend::automatic) plan.legend_at = plan.panel->legend;
    plan.titled = terse < Terse::panel_titles;
    plan.compact = terse >= Terse::compact;
    plan.least_detail = terse >= Terse::title         ? 3
                        : terse >= Terse::ticks       ? 2
                        : terse >= Terse::axis_titles ? 1
                                                      : 0;
  }
  Rect room = draw_frame(figure, shared, terse, canvas);
  if (plans.empty()) return true;
  const float between = gap_between_rows(terse, canvas);
  const auto arrange = [&] {
    settle(plans, grid, room, between, canvas);
    choose_legends(plans, grid, room, between, canvas);
  };
  arrange();
  Rect bars;
  // Twice, as what was taken from the panels may take the room of another bar.
  for (int round = 0; round < 2 && move_bars_below(plans, canvas); ++round) {
    room.height += bars.height;
    bars = take_bottom(room, bars_below_height(plans, canvas, room.width));
    arrange();
  }
  // Panels that share a place are together as high as one has to be, so that they change nothing else.
  const auto height_of_place = [&](const PanelLayout& plan) {
    std::size_t first = plan.index, end = first + 1;
    while (first > 0 && plans[first].panel->joined) --first;
    while (end < plans.size() && plans[end].panel->joined) ++end;
    return plans[end - 1].plot.bottom() - plans[first].plot.y;
  };
  // The share of the panels' room that one of them has, where they stand below each other.
  const auto share_of_rows = [&](const PanelLayout& plan) {
    if (figure.columns != 1) return plan.panel->height;
    float all = 0;
    for (const PanelLayout& each : plans) all += each.panel->height;
    return plan.panel->height / all;
  };
  const bool readable = std::all_of(plans.begin(), plans.end(), [&](const PanelLayout& plan) {
    if (terse < Terse::legends && !mostly_data(plan, canvas, terse)) return false;
    float least = terse < Terse::compact ? 18 * canvas.theme.type : canvas.scaled(10);
    if (terse < Terse::legends && plan.heatmap) least = std::max(least, canvas.theme.least_lane);
    if (plan.diagram) least = std::max(least, 0.58f * canvas.scene().size.height * share_of_rows(plan));
    if (plan.strip && terse < Terse::title) least = std::max(least, 2.3f * canvas.theme.size_mono());
    return height_of_place(plan) >= least && plan.plot.bottom() <= room.bottom() + 1;
  });
  if (!readable && !last) return false;
  for (const auto& plan : plans) draw_panel(plan, canvas);
  draw_bars_below(plans, canvas, bars);
  say_left_out(figure, draft, terse, canvas);
  return true;
}

}  // namespace

Scene layout(const Figure& figure, Size size, const Theme& theme, const TextMeasure& measure,
             const std::optional<Steps>& steps) {
  Scene scene;
  scene.size = size;
  scene.background = theme.panel;
  Canvas canvas(scene, theme, measure);
  const Draft draft = make_draft(figure, steps, canvas);
  for (auto terse : {Terse::no, Terse::caption, Terse::axis_titles, Terse::numbers, Terse::compact,
                     Terse::ticks, Terse::legends, Terse::title}) {
    if (try_layout(figure, draft, terse, false, canvas)) return scene;
    scene.items.clear();
    scene.left_out.clear();
  }
  try_layout(figure, draft, Terse::panel_titles, true, canvas);
  return scene;
}

}  // namespace gatescope::plot
