#include "core/plot/theme.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::plot {
namespace {

// Hues of Okabe and Ito's palette; lightness chosen for each panel so that no two quantities come closer than
// a CIEDE2000 difference of 12 for normal vision, protanopia and deuteranopia (theme_test checks it).
struct Palette {
  Color text, muted, forget, input, output, candidate, reset, cell, hidden, lstm, gru, rnn, accent, forced;
  std::array<Color, series_colors> series;
};

constexpr Palette on_light{.text = rgb(0x16191f),
                           .muted = rgb(0x5a626e),
                           .forget = rgb(0x8e2d00),
                           .input = rgb(0x048b72),
                           .output = rgb(0x0d5cb0),
                           .candidate = rgb(0xdc8cae),
                           .reset = rgb(0x8f7100),
                           .cell = rgb(0xd18d00),
                           .hidden = rgb(0x42a8f0),
                           .lstm = rgb(0xcf8a00),
                           .gru = rgb(0x2f98e0),
                           .rnn = rgb(0x5f656e),
                           .accent = rgb(0x2f6fe0),
                           .forced = rgb(0xffae00),
                           .series = {rgb(0x5b4bb5), rgb(0x1f9e94), rgb(0xb23a6f), rgb(0x7f8f1f),
                                      rgb(0x3b7fb8), rgb(0xa0522d), rgb(0x6b7280)}};
constexpr Palette on_dark{.text = rgb(0xe9ebef),
                          .muted = rgb(0x98a0ad),
                          .forget = rgb(0xc84010),
                          .input = rgb(0x038a70),
                          .output = rgb(0x2079d8),
                          .candidate = rgb(0xde91ae),
                          .reset = rgb(0xfaf36b),
                          .cell = rgb(0xe8801e),
                          .hidden = rgb(0x64cbff),
                          .lstm = rgb(0xe8801e),
                          .gru = rgb(0x64cbff),
                          .rnn = rgb(0xb4bac4),
                          .accent = rgb(0x4c8df6),
                          .forced = rgb(0xffb000),
                          .series = {rgb(0x9d8ff0), rgb(0x4fc4b8), rgb(0xe87aa6), rgb(0xbccb5a),
                                     rgb(0x6fb1e6), rgb(0xd9986f), rgb(0xaab1bd)}};

}  // namespace

Color role_color(ThemeName theme, InkRole role, int index) {
  const Palette& p = theme == ThemeName::dark ? on_dark : on_light;
  switch (role) {
    case InkRole::neutral:
      return p.text;
    case InkRole::muted:
      return p.muted;
    case InkRole::forget_gate:
    case InkRole::update_gate:
      return p.forget;
    case InkRole::input_gate:
      return p.input;
    case InkRole::output_gate:
      return p.output;
    case InkRole::candidate:
      return p.candidate;
    case InkRole::reset_gate:
      return p.reset;
    case InkRole::cell_state:
      return p.cell;
    case InkRole::hidden_state:
      return p.hidden;
    case InkRole::lstm:
      return p.lstm;
    case InkRole::gru:
      return p.gru;
    case InkRole::rnn:
      return p.rnn;
    case InkRole::accent:
      return p.accent;
    case InkRole::forced:
      return p.forced;
    case InkRole::series:
      return p.series[static_cast<unsigned>(index) % series_colors];
  }
  return p.text;
}

Color Theme::color(const Ink& ink) const {
  Color c = role_color(name, ink.role, ink.index);
  c.alpha *= ink.opacity;
  return c;
}

namespace {

/// Each colour of a quantity once.
constexpr std::array quantities{InkRole::forget_gate, InkRole::input_gate, InkRole::output_gate,
                                InkRole::candidate,   InkRole::reset_gate, InkRole::cell_state,
                                InkRole::hidden_state};

Theme looks_of(ThemeName name) {
  Theme theme;
  theme.name = name;
  theme.text = role_color(name, InkRole::neutral);
  theme.muted = role_color(name, InkRole::muted);
  if (name == ThemeName::dark) {
    theme.panel = rgb(0x1b1e25);
    theme.grid = rgb(0x2a2f39);
    theme.axis = rgb(0x4b525f);
    theme.gap = rgb(0x8256b0);
    theme.cursor = rgb(0xffffff);
    theme.halo = rgb(0x0a0c10);
    return theme;
  }
  theme.panel = rgb(0xffffff);
  theme.grid = rgb(0xe7e9ed);
  theme.axis = rgb(0x9aa1ab);
  theme.gap = rgb(0x8f62bd);
  theme.cursor = rgb(0x0a0c10);
  theme.halo = rgb(0xffffff);
  if (name == ThemeName::projector) {
    theme.type = 1.6f;
    theme.line_width = 3.2f;
    theme.hairline = 1.4f;
    theme.marker_size = 8;
    theme.halo_width = 2;
    theme.padding = 16;
    theme.grid = rgb(0xdcdfe5);
    theme.axis = rgb(0x7d8590);
    theme.muted = rgb(0x444b55);
  }
  return theme;
}

using Tables = std::shared_ptr<const Theme::Tables>;

Tables make_tables(ThemeName name, bool print) {
  const Color panel = looks_of(name).panel;
  auto tables = std::make_shared<Theme::Tables>();
  for (const Colormap map :
       {Colormap::sequential, Colormap::diverging, Colormap::sequence, Colormap::printed})
    tables->maps[static_cast<std::size_t>(map)] = color_table(map, panel);
  for (const InkRole quantity : quantities) {
    const Color color = role_color(name, quantity);
    tables->signed_values.emplace_back(quantity, print ? printed_table(color) : signed_table(color, panel));
  }
  return tables;
}

/// Made once.
template <ThemeName name, bool print>
const Tables& made_tables() {
  static const Tables tables = make_tables(name, print);
  return tables;
}

const Tables& tables_of(ThemeName name, bool print) {
  switch (name) {
    case ThemeName::light:
      return print ? made_tables<ThemeName::light, true>() : made_tables<ThemeName::light, false>();
    case ThemeName::projector:
      return print ? made_tables<ThemeName::projector, true>() : made_tables<ThemeName::projector, false>();
    case ThemeName::dark:
      break;
  }
  return print ? made_tables<ThemeName::dark, true>() : made_tables<ThemeName::dark, false>();
}

}  // namespace

Theme make_theme(ThemeName name, const Style& style) {
  Theme theme = looks_of(name);
  theme.print = style.print;
  if (style.print) theme.gap = rgb(0xffffff);  // lighter than both maps' light ends
  if (style.font_size) {
    theme.unit = *style.font_size / theme.size_text();
    const float line = std::max(theme.unit, 0.5f);  // thinner lines do not print
    theme.type *= theme.unit;
    theme.padding *= theme.unit;
    theme.marker_size *= theme.unit;
    theme.line_width *= line;
    theme.hairline *= line;
  }
  if (style.presenting) {
    theme.least_type = theme.size_small();
    theme.least_lane = 4 * theme.size_text();
  }
  theme.tables = tables_of(name, style.print);
  return theme;
}

const ColorTable& Theme::table(Colormap map, InkRole quantity) const {
  if (map == Colormap::diverging) {
    if (quantity == InkRole::update_gate) quantity = InkRole::forget_gate;  // one colour
    for (const auto& [of, table] : tables->signed_values)
      if (of == quantity) return table;
    if (print) map = Colormap::printed;
  }
  return tables->maps[static_cast<std::size_t>(map)];
}

float usual_font_size(ThemeName name) {
  return looks_of(name).size_text();
}

float usual_caption_size(ThemeName name) {
  return looks_of(name).size_small();
}

ThemeName parse_theme(std::string_view name) {
  for (auto theme : {ThemeName::light, ThemeName::dark, ThemeName::projector})
    if (name == to_string(theme)) return theme;
  fail("theme '{}': expected light, dark or projector", printable(name));
}

std::string_view to_string(ThemeName name) {
  switch (name) {
    case ThemeName::light:
      return "light";
    case ThemeName::dark:
      return "dark";
    case ThemeName::projector:
      return "projector";
  }
  return "";
}

}  // namespace gatescope::plot
