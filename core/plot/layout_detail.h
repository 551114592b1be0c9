#pragma once

// What the files of the layout share; nothing outside core/plot/layout*.cpp includes this.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/plot/layout.h"
#include "core/plot/ticks.h"

namespace gatescope::plot::detail {

enum class Horizontal { left, centre, right };
enum class Vertical { top, middle, baseline, bottom };

/// The scene under construction, with the theme and the text measure at hand.
class Canvas {
 public:
  Canvas(Scene& scene, const Theme& theme_in, const TextMeasure& measure)
      : theme(theme_in), scene_(scene), measure_(measure) {}

  const Theme& theme;

  void clip(std::optional<Rect> rect) { clip_ = rect; }
  void add(Primitive&& shape);
  void line(std::vector<Point> points, float width, Color color, std::vector<float> dash = {});
  void rect(const Rect& rect, Color fill, float radius = 0);
  void text(const std::string& text, Point at, const TextStyle& style, Color color,
            Horizontal h = Horizontal::left, Vertical v = Vertical::baseline, float rotation = 0);
  TextExtent extent(std::string_view text, const TextStyle& style) const { return measure_(text, style); }
  float width(std::string_view text, const TextStyle& style) const { return measure_(text, style).width; }
  float line_height(const TextStyle& style) const;
  /// A gap or a length that keeps step with the type.
  float scaled(float points) const { return points * theme.unit; }
  /// Type that must shrink is no smaller than this.
  float least_legible() const;
  /// Says that something found no room.
  void leave_out(std::string_view what);

  TextStyle small() const { return {theme.size_small(), Weight::regular, false}; }
  TextStyle body() const { return {theme.size_text(), Weight::regular, false}; }
  TextStyle bold() const { return {theme.size_text(), Weight::bold, false}; }
  TextStyle title() const { return {theme.size_title(), Weight::bold, false}; }
  TextStyle headline() const { return {theme.size_title(), Weight::regular, false}; }

  /// The scene's table for that map, made once.
  int table(Colormap map, InkRole quantity = InkRole::neutral);
  const ColorTable& table_at(int index) const { return scene_.tables[index]; }
  Scene& scene() { return scene_; }

 private:
  Scene& scene_;
  const TextMeasure& measure_;
  std::optional<Rect> clip_;
  struct Known {
    Colormap map;
    InkRole quantity;
    int index;
  };
  std::vector<Known> tables_;
};

std::vector<float> dash_lengths(Dash dash, float width);
std::vector<std::string> wrap_words(const Canvas& canvas, const std::string& text, const TextStyle& style,
                                    float width);
/// The text shortened with an ellipsis until it is no wider.
std::string shorten(const Canvas& canvas, const std::string& text, const TextStyle& style, float width);
/// The place of a curve's point: its number where there are no places.
inline double x_at(const std::vector<double>& x, std::size_t i) {
  return i < x.size() ? x[i] : double(i);
}
/// A text in the lines it takes, in a type that may have had to shrink.
struct Fitted {
  TextStyle style;
  std::vector<std::string> lines;
  bool empty() const { return lines.empty(); }
};
/// In one line, if need be down to the least legible size, else wrapped at that; a word that is wider than a
/// line by itself ends in an ellipsis.
Fitted fit_lines(const Canvas& canvas, const std::string& text, const TextStyle& style, float width);

/// Least and greatest of finite values.
struct Extent {
  double low = 0, high = 0;
  bool any = false;
  void take(double value);
  void take(const Extent& other);
};

/// Colour scale resolved against its data.
struct ColorRange {
  ColorScale colors;
  Scale scale;  ///< value to the fraction of the table
  int table = 0;
  int gaps = 0;                       ///< how many values are not finite
  bool below = false, above = false;  ///< whether values lie beyond its ends, and have the ends' colours
  Color color(const Canvas& canvas, double value) const;
};

struct LegendEntry {
  enum class Kind { line, band, box, marker, gap } kind = Kind::line;
  std::string name;
  Color color;
  Dash dash = Dash::solid;
  float weight = 1;
  Marker marker = Marker::none;
  bool with_band = false;
  friend bool operator==(const LegendEntry&, const LegendEntry&) = default;
};

/// A panel on its way to the scene.
struct PanelLayout {
  const Panel* panel = nullptr;
  int index = 0;
  bool strip = false, heatmap = false, diagram = false, empty = false;
  bool show_x = true, show_y = true;  ///< labels of shared axes stand only at the outer side
  std::optional<ColorRange> colors;   ///< of the first coloured mark, for the colour bar
  ColorScale::Bar bar = ColorScale::Bar::none;
  bool bar_below = false;      ///< it found no room here and stands below all panels
  std::optional<Steps> steps;  ///< shown alone, where the panel shows more
  Scale x, y;
  std::vector<std::string> x_categories, y_categories;
  AxisTicks x_ticks, y_ticks;
  bool x_characters = false;  ///< characters stand instead of step numbers
  float character_size = 0;
  float widest_character = 0;  ///< of those of the x axis, in small type
  float x_rotation = 0;        ///< of long category labels
  std::vector<LegendEntry> legend;
  Legend legend_at = Legend::none;
  std::optional<Rect> corner;                      ///< where an inside legend goes
  float left = 0, right = 0, top = 0, bottom = 0;  ///< what stands around the plot
  Rect cell, plot;
  bool titled = true;    ///< false where the figure is too small for the panels' titles
  bool compact = false;  ///< the panels' titles are as small as can be read
  int detail = 0;        ///< what is left out where room is short: 1 the axes' titles, 2 their numbers,
                         ///< 3 the characters of the steps too
  int least_detail = 0;  ///< the same, decided for the whole figure
};

inline float x_of(const PanelLayout& plan, double value) {
  return plan.plot.x + static_cast<float>(plan.x.fraction(value)) * plan.plot.width;
}
inline float y_of(const PanelLayout& plan, double value) {
  return plan.plot.bottom() - static_cast<float>(plan.y.fraction(value)) * plan.plot.height;
}

// layout_data.cpp: what the data says
PanelLayout make_panel_layout(const Panel& panel, int index, const std::optional<Steps>& steps,
                              Canvas& canvas);
ColorRange resolve(const ColorScale& colors, const Extent& data, Canvas& canvas);
std::vector<LegendEntry> legend_entries(const PanelLayout& plan, const Theme& theme);
void set_scales(PanelLayout& plan, const Extent& x, const Extent& y);
Extent extent_of(const Panel& panel, bool along_y);

// layout_axes.cpp: ticks, labels and titles of axes
inline constexpr float tick_length = 4, label_gap = 3;  ///< both scaled with the type
/// What one label takes of its axis, in points.
using LabelLength = std::function<float(const std::string&)>;
/// Whether neighbouring labels stand apart on an axis of that length.
bool fits(const std::vector<Tick>& ticks, const Scale& scale, float axis, float gap,
          const LabelLength& length);
/// As many round numbers as stand apart, at most `most`.
AxisTicks fit_ticks(const Scale& scale, bool whole, float axis, float gap, int most,
                    const LabelLength& length);
float widest_character(const Axis& axis, const Canvas& canvas);
float widest(const std::vector<Tick>& ticks, const Canvas& canvas, const TextStyle& style);
void fit_axes(PanelLayout& plan, Canvas& canvas);  ///< ticks and margins for the plot's present size
/// Leaves out the labels that would touch where the plot came out smaller than they were chosen for.
void thin_labels(PanelLayout& plan, const Canvas& canvas);
/// Leaves out labels of a joined panel's y axis that would lie on those of the panel above.
void drop_labels_that_meet(const PanelLayout& above, PanelLayout& below, const Canvas& canvas);
void draw_axes(const PanelLayout& plan, Canvas& canvas);

// layout_title.cpp: the row above a plot, and colour bars
void draw_title_row(const PanelLayout& plan, Canvas& canvas);
float title_row_height(const PanelLayout& plan, const Canvas& canvas);
/// Whether the legend above the plot finds room in the title row.
bool legend_in_title_row(const PanelLayout& plan, const Canvas& canvas);
void draw_color_bar(const PanelLayout& plan, Canvas& canvas);
/// Whether the panel's colour bar finds room beside its plot or in its title row.
bool color_bar_fits(const PanelLayout& plan, const Canvas& canvas);
/// Colour bars that found no room in their panels, one for each scale, side by side or in rows.
float bars_below_height(const std::vector<PanelLayout>& plans, const Canvas& canvas, float width);
void draw_bars_below(const std::vector<PanelLayout>& plans, Canvas& canvas, const Rect& room);
float color_bar_width(const PanelLayout& plan, const Canvas& canvas);

// layout_legend.cpp
Size legend_box(const std::vector<LegendEntry>& entries, const Canvas& canvas);
float legend_rows_height(const std::vector<LegendEntry>& entries, const Canvas& canvas, float width);
/// Width of all entries in one row.
float legend_row_width(const std::vector<LegendEntry>& entries, const Canvas& canvas);
void draw_legend_rows(const std::vector<LegendEntry>& entries, Canvas& canvas, Point at, float width);
void draw_legend_box(const std::vector<LegendEntry>& entries, Canvas& canvas, const Rect& box, bool backed);
/// A corner of the plot of that size that no data crosses.
std::optional<Rect> free_corner(const PanelLayout& plan, const std::vector<Item>& drawn, Size size);

// layout_marks.cpp
void draw_marks(const PanelLayout& plan, Canvas& canvas);
/// Whether a panel is one note without axes, which is set in lines (layout_notes.cpp).
bool is_paragraph(const Panel& panel);
std::optional<MarkerShape> shape_of(Marker marker);  ///< nothing for Marker::none and Marker::ring
void draw_rings(const std::vector<Point>& at, float size, Color color, Canvas& canvas);
/// Where a point of the data lies; nothing where it has no place on the axes.
std::optional<Point> place(const PanelLayout& plan, double x, double y);

// layout_notes.cpp
void draw(const Spans& spans, const PanelLayout& plan, Canvas& canvas);
/// A closed padlock, `size` high, about a point.
void draw_lock(Canvas& canvas, Point middle, float size, Color color);
void draw(const Arrow& arrow, const PanelLayout& plan, Canvas& canvas);
void draw(const Rule& rule, const PanelLayout& plan, Canvas& canvas);
void draw(const Note& note, const PanelLayout& plan, Canvas& canvas);
void draw(const Cursor& cursor, const PanelLayout& plan, Canvas& canvas);
/// A frame of that stroke width in the cursor's two tones.
void add_haloed(Canvas& canvas, Box frame);

// layout_columns.cpp
void draw(const Columns& columns, const PanelLayout& plan, Canvas& canvas);

// layout_chain.cpp
void draw(const Chain& chain, const PanelLayout& plan, Canvas& canvas);

// layout_links.cpp
void draw(const Links& links, const PanelLayout& plan, Canvas& canvas);

// layout_heatmap.cpp
void draw_heatmap(const Heatmap& heatmap, const PanelLayout& plan, Canvas& canvas);

/// A line through the middle of every stretch of cells below zero, as a minus: values (rows, columns) row by
/// row from the top. Nothing in print, whose map tells the sign, and where cells are too flat.
void strike_negatives(const std::vector<float>& values, int rows, int columns, const Rect& rect,
                      Canvas& canvas);

// layout_strip.cpp
void draw_strip(const PanelLayout& plan, Canvas& canvas, Placement& placement);

// layout_diagram.cpp
void draw_diagram(const PanelLayout& plan, Canvas& canvas, Placement& placement);

}  // namespace gatescope::plot::detail
