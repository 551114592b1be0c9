#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/plot/color.h"
#include "core/plot/colormap.h"
#include "core/plot/figure.h"

namespace gatescope::plot {

enum class ThemeName { light, dark, projector };

/// Everything about looks: tones, the colour of every role, sizes in points.
struct Theme {
  ThemeName name = ThemeName::dark;
  Color panel;     ///< behind the figure, and the middle of the diverging map
  Color text;      ///< titles, numbers
  Color muted;     ///< tick labels, captions
  Color grid;      ///< grid lines
  Color axis;      ///< axis lines, ticks, frames
  Color gap;       ///< values that are not finite; no colormap contains it
  Color cursor;    ///< the chosen step and unit
  Color halo;      ///< at both sides of it: one of the two stands out from every colour of every map
  float type = 1;  ///< factor on all type: 1.6 on a projector
  float unit = 1;  ///< factor on gaps and ticks: 1 at the theme's usual font size
  float text_size = 13, small_size = 11.5f, title_size = 17, mono_size = 15;  ///< before the factor
  float line_width = 1.6f, hairline = 0.8f, marker_size = 5;                  ///< after it
  float padding = 12;
  float least_type = 0;  ///< no text is smaller: what would have to be is left out
  float least_lane = 0;  ///< the height that a plot should keep; titles and captions go first
  float halo_width = 1.2f;

  bool print = false;  ///< signed values in the map that survives print

  /// Of every Colormap on this panel, in their order, and of signed values of every quantity. Costly to make,
  /// so every copy of a theme shares them.
  struct Tables {
    std::array<ColorTable, colormaps> maps;
    std::vector<std::pair<InkRole, ColorTable>> signed_values;
  };
  std::shared_ptr<const Tables> tables;
  /// `quantity`: of a diverging map, whose colour it has.
  const ColorTable& table(Colormap map, InkRole quantity = InkRole::neutral) const;

  /// The colour of an ink, its opacity included.
  Color color(const Ink& ink) const;
  float size_text() const { return text_size * type; }
  float size_small() const { return small_size * type; }
  float size_title() const { return title_size * type; }
  float size_mono() const { return mono_size * type; }
};

/// How a figure departs from its theme.
struct Style {
  std::optional<float> font_size = {};  ///< of labels, in points; gaps, ticks and lines keep step with it
  bool print = false;                   ///< colours that can be told apart in greyscale
  bool presenting = false;              ///< for a hall: no text smaller than captions, no thin plots
  friend bool operator==(const Style&, const Style&) = default;
};

Theme make_theme(ThemeName name, const Style& style = {});

/// The size of labels that a theme has where nobody says otherwise, in points.
float usual_font_size(ThemeName name);
/// The same of its smallest type, of captions and ticks.
float usual_caption_size(ThemeName name);

/// "light", "dark" or "projector"; throws Error that names the three.
ThemeName parse_theme(std::string_view name);
std::string_view to_string(ThemeName name);

/// The colour of a role on a theme's panel.
Color role_color(ThemeName theme, InkRole role, int index = 0);
inline constexpr int series_colors = 7;

}  // namespace gatescope::plot
