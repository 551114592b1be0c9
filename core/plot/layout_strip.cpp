#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "core/plot/layout_detail.h"
#include "core/utf8.h"

namespace gatescope::plot::detail {
namespace {

struct Lines {
  std::vector<std::pair<std::size_t, std::size_t>> lines;  // [first, after the last)
};

/// What a character takes of its line, in characters: itself and the gap before it, a line at most.
double advance(const TextStrip& strip, std::size_t i, double per_line) {
  const double gap = i < strip.gaps.size() && std::isfinite(strip.gaps[i]) ? strip.gaps[i] : 0;
  return std::clamp(1 + gap, 1.0, std::max(1.0, per_line));
}

// Breaks after newlines, and before the word that would cross the edge.
Lines break_lines(const TextStrip& strip, double per_line) {
  const std::vector<std::string>& characters = strip.characters;
  Lines out;
  std::size_t first = 0;
  while (first < characters.size()) {
    std::size_t end = first, after_space = first;
    double used = 0;
    while (end < characters.size() && used + advance(strip, end, per_line) <= per_line) {
      used += advance(strip, end, per_line);
      const bool newline = characters[end] == "\n";
      ++end;
      if (newline) break;
      if (characters[end - 1] == " ") after_space = end;
    }
    const bool full = end < characters.size() && characters[end - 1] != "\n";
    if (full && after_space > first && characters[end] != " " && characters[end - 1] != " ")
      end = after_space;
    out.lines.emplace_back(first, end);
    first = end;
  }
  return out;
}

/// Characters wide: one, or room for the longest word and a gap.
float columns_of_cell(const std::vector<std::string>& characters) {
  std::ptrdiff_t longest = 1;
  for (const std::string& c : characters)
    longest = std::max(longest, std::ranges::count_if(c, [](char b) { return (b & 0xC0) != 0x80; }));
  return longest > 1 ? static_cast<float>(longest + 1) : 1.0F;
}

struct Grid {
  TextStyle style;
  float cell = 0, line = 0;
  bool wide = false;    ///< cells are wider than a letter
  double per_line = 1;  ///< room of a line, in characters
  Lines text;
};

/// Whether characters as wide as they are high (Chinese, Japanese, Korean) stand in the strip.
bool has_wide(const TextStrip& strip, const Canvas& canvas) {
  const TextStyle style{canvas.theme.size_mono(), Weight::regular, true};
  const float letter = canvas.width("m", style);
  const std::set<std::string_view> distinct(strip.characters.begin(), strip.characters.end());
  return std::ranges::any_of(distinct, [&](std::string_view c) {
    const auto lead = static_cast<unsigned char>(c.empty() ? 0 : c[0]);
    return lead >= 0xE2 && canvas.width(display_text(c, "·"), style) > 1.5F * letter;
  });
}

// The largest of a few sizes at which the whole text finds room: a short text fills its panel, a long one
// shrinks until it cannot be read at a glance any more.
Grid make_grid(const TextStrip& strip, const Canvas& canvas, const Rect& room) {
  Grid grid;
  float columns = columns_of_cell(strip.characters);
  if (columns == 1 && has_wide(strip, canvas)) columns = 1.75F;
  grid.wide = columns > 1;
  const float least = std::max(0.7f, canvas.theme.least_type / (canvas.theme.size_mono() * strip.size));
  for (float wanted : {2.6f, 2.3f, 2.0f, 1.75f, 1.5f, 1.3f, 1.15f, 1.0f, 0.9f, 0.8f, 0.7f}) {
    const float factor = std::max(wanted, least);
    grid.style = {canvas.theme.size_mono() * strip.size * factor, Weight::regular, true};
    grid.cell = canvas.width("m", grid.style) * columns;
    grid.line = std::round(grid.style.size * 1.72f);
    grid.per_line = static_cast<double>(std::max(1.0f, std::floor(room.width / grid.cell)));
    double taken = 0;
    for (std::size_t i = 0; i < strip.characters.size(); ++i) taken += advance(strip, i, grid.per_line);
    const auto least_lines = static_cast<float>(std::ceil(taken / grid.per_line));
    if (factor > least && least_lines * grid.line > room.height) continue;
    grid.text = break_lines(strip, grid.per_line);
    if (static_cast<float>(grid.text.lines.size()) * grid.line <= room.height) break;
  }
  return grid;
}

Color ink_on(Color under, const Theme& theme) {
  const Color light = rgb(0xf7f8fa), dark = rgb(0x101318);
  const Color own = theme.name == ThemeName::dark ? light : dark,
              other = theme.name == ThemeName::dark ? dark : light;
  return contrast(under, own) >= 4.5 || contrast(under, own) >= contrast(under, other) ? own : other;
}

/// Where the characters of a line stand, gaps included.
std::vector<Rect> places_of(const TextStrip& strip, const Grid& grid, std::size_t first, std::size_t end,
                            Point at) {
  std::vector<Rect> places;
  double used = 0;
  for (std::size_t i = first; i < end; ++i) {
    const double own = advance(strip, i, grid.per_line);
    places.push_back({at.x + grid.cell * static_cast<float>(used), at.y, grid.cell * static_cast<float>(own),
                      grid.style.size * 1.45f});
    used += own;
  }
  return places;
}

void draw_grounds(const TextStrip& strip, const Grid& grid, std::size_t first,
                  const std::vector<Rect>& places, const ColorRange& colors, Canvas& canvas) {
  const std::size_t end = std::min(first + places.size(), strip.values.size());
  if (end <= first) return;
  if (!strip.gaps.empty()) {
    const Color color = with_alpha(canvas.theme.color(strip.gap_ink), 0.5f);
    for (const Rect& place : places)
      if (place.width > grid.cell)
        canvas.rect({place.x, place.y + 0.2f * place.height, place.width - grid.cell, 0.6f * place.height},
                    color);
    return;
  }
  auto values = std::make_shared<std::vector<float>>();
  for (std::size_t i = first; i < end; ++i) {
    const double value = strip.values[i];
    const double f = colors.scale.fraction(value);
    values->push_back(std::isfinite(f) ? static_cast<float>(f) : std::isfinite(value) ? 0.0f : std::nanf(""));
  }
  const Rect& begin = places.front();
  canvas.add(Image{.rect = {begin.x, begin.y, grid.cell * static_cast<float>(values->size()), begin.height},
                   .rows = 1,
                   .columns = static_cast<int>(values->size()),
                   .values = values,
                   .table = colors.table,
                   .gap = canvas.theme.gap});
}

void draw_line(const TextStrip& strip, const Grid& grid, std::size_t first, const std::vector<Rect>& places,
               const ColorRange& colors, Canvas& canvas) {
  if (places.empty()) return;
  const std::size_t end = first + places.size();
  const float height = places[0].height, base = places[0].y + height * 0.5f + grid.style.size * 0.34f;
  // A character's own place is at the end of its gap.
  const auto left_of = [&](std::size_t i) { return places[i - first].right() - grid.cell; };
  draw_grounds(strip, grid, first, places, colors, canvas);
  // A short line under what is negative, within its cell: through the middle it would strike the character.
  for (std::size_t i = first; colors.colors.map == Colormap::diverging && !canvas.theme.print &&
                              strip.gaps.empty() && i < std::min(end, strip.values.size());
       ++i)
    if (strip.values[i] < 0)
      canvas.rect({left_of(i) + grid.cell * 0.15f, places[0].y + height * 0.87f, grid.cell * 0.7f,
                   std::max(1.0f, height * 0.06f)},
                  with_alpha(canvas.theme.panel, 0.8f));
  // Runs of plain characters in one ink are one text, so that they can be selected; others stand alone,
  // centred.
  std::size_t i = first;
  while (i < end) {
    const auto& c = strip.characters[i];
    const float x = left_of(i);
    const auto ink_of = [&](std::size_t at_i) {
      if (at_i >= strip.values.size()) return canvas.theme.muted;
      if (!strip.gaps.empty()) return canvas.theme.text;
      return ink_on(colors.color(canvas, strip.values[at_i]), canvas.theme);
    };
    const Color ink = ink_of(i);
    auto plain = [](const std::string& s) { return s.size() == 1 && s[0] >= ' ' && s[0] < 127; };
    if (!plain(c)) {
      const std::string shown = display_text(c, "·");
      TextStyle style = grid.style;
      if (const float width = canvas.width(shown, style); width > grid.cell)
        style.size = std::max(canvas.theme.least_type, style.size * grid.cell / width);
      canvas.text(shown, {x + grid.cell / 2, base}, style, shown == c ? ink : with_alpha(ink, 0.6f),
                  Horizontal::centre);
      ++i;
      continue;
    }
    std::string run;
    const bool apart = grid.wide || !strip.gaps.empty();
    for (; i < end && plain(strip.characters[i]) && !(apart && !run.empty()); ++i) {
      if (!(ink_of(i) == ink)) break;
      run += strip.characters[i];
    }
    if (run.find_first_not_of(' ') != std::string::npos) {
      if (grid.wide)
        canvas.text(run, {x + grid.cell / 2, base}, grid.style, ink, Horizontal::centre);
      else
        canvas.text(run, {x, base}, grid.style, ink);
    }
  }
}

}  // namespace

namespace {

/// The strip's characters from `first` to before `end`.
TextStrip part_of(const TextStrip& strip, std::size_t first, std::size_t end) {
  TextStrip part{.name = strip.name, .colors = strip.colors, .size = strip.size};
  const auto copy = [&](const auto& from, auto& to) {
    const std::size_t last = std::min(end, from.size());
    if (first < last)
      to.assign(from.begin() + static_cast<std::ptrdiff_t>(first),
                from.begin() + static_cast<std::ptrdiff_t>(last));
  };
  copy(strip.characters, part.characters);
  copy(strip.values, part.values);
  copy(strip.gaps, part.gaps);
  part.gap_ink = strip.gap_ink;
  return part;
}

}  // namespace

void draw_strip(const PanelLayout& plan, Canvas& canvas, Placement& placement) {
  const TextStrip* strip = nullptr;
  for (const auto& mark : plan.panel->marks)
    if (const auto* m = std::get_if<TextStrip>(&mark)) strip = m;
  if (!strip || !plan.colors || strip->characters.empty()) return;
  const std::size_t all = strip->characters.size();
  std::size_t offset = 0;
  TextStrip part;
  if (plan.steps && plan.steps->first >= 0 && plan.steps->first <= plan.steps->last &&
      static_cast<std::size_t>(plan.steps->first) < all) {
    offset = static_cast<std::size_t>(plan.steps->first);
    part = part_of(*strip, offset, static_cast<std::size_t>(plan.steps->last) + 1);
    part.size = strip->characters.size() > 400 && part.characters.size() <= 400 ? 1.4f : strip->size;
    strip = &part;
  }
  const auto& theme = canvas.theme;
  const auto style = canvas.small();
  Rect room = plan.plot;
  Grid grid = make_grid(*strip, canvas, room);
  auto shown = grid.text.lines.size();
  if (static_cast<float>(shown) * grid.line > room.height + 0.5f) {  // the last line says how much is missing
    room.height -= canvas.line_height(style);
    shown = std::min(shown, static_cast<std::size_t>(std::max(0.0f, std::floor(room.height / grid.line))));
  }
  const bool alone = shown == 0;  // the text comes before what says how much of it is missing
  if (alone) {
    shown = 1;
    canvas.leave_out("the end of the text");
  }
  placement.cells.assign(all, Rect{});
  std::size_t after = 0;
  for (std::size_t l = 0; l < shown; ++l) {
    const auto [first, end] = grid.text.lines[l];
    const Point at{room.x, room.y + grid.line * static_cast<float>(l)};
    const std::vector<Rect> places = places_of(*strip, grid, first, end, at);
    draw_line(*strip, grid, first, places, *plan.colors, canvas);
    std::ranges::copy(places, placement.cells.begin() + static_cast<std::ptrdiff_t>(offset + first));
    after = end;
  }
  if (after < strip->characters.size() && !alone)
    canvas.text(
        shorten(canvas, "… " + number_text(double(strip->characters.size() - after), 9) + " more characters",
                style, room.width),
        {room.x, room.y + grid.line * static_cast<float>(shown)}, style, theme.muted, Horizontal::left,
        Vertical::top);

  for (const auto& mark : plan.panel->marks) {
    if (const auto* spans = std::get_if<Spans>(&mark)) {
      for (const auto& [from, to] : spans->intervals)
        for (std::size_t i = 0; i < placement.cells.size(); ++i)
          if (double(i) >= from && double(i) <= to && placement.cells[i].width > 0) {
            const Rect& cell = placement.cells[i];
            const float line = 2 * theme.type, y = cell.bottom() + 0.5f + line / 2;
            if (spans->ink.role == InkRole::forced)  // broken, so that it can be told without its colour
              canvas.line({{cell.x, y}, {cell.right(), y}}, line, theme.color(spans->ink), {line, line});
            else
              canvas.rect({cell.x, y - line / 2, cell.width, line}, theme.color(spans->ink));
          }
    } else if (const auto* cursor = std::get_if<Cursor>(&mark); cursor && cursor->x) {
      const auto i = static_cast<std::size_t>(std::max(0.0, std::round(*cursor->x)));
      if (i < placement.cells.size() && placement.cells[i].width > 0)
        add_haloed(canvas, Box{.rect = placement.cells[i], .radius = 1, .stroke_width = theme.hairline * 2});
    }
  }
}

}  // namespace gatescope::plot::detail
