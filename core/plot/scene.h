#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/plot/color.h"
#include "core/plot/colormap.h"
#include "core/plot/scale.h"

namespace gatescope::plot {

/// A Scene is a figure laid out: primitives in points (1/72 inch; one pixel at scale 1), origin at the top
/// left, y downwards, in drawing order. It is all a painter knows.

struct Point {
  float x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Size {
  float width = 0, height = 0;
};

struct Rect {
  float x = 0, y = 0, width = 0, height = 0;
  float right() const { return x + width; }
  float bottom() const { return y + height; }
  friend bool operator==(const Rect&, const Rect&) = default;
};

enum class Weight { regular, bold };

struct TextStyle {
  float size = 13;  ///< em size in points
  Weight weight = Weight::regular;
  bool mono = false;  ///< DejaVu Sans Mono instead of DejaVu Sans
};

/// A stroked line with round joins and caps. With `dash` empty it is solid, else on and off lengths in turn;
/// dashed lines have butt caps. All points are finite.
struct Polyline {
  std::vector<Point> points = {};
  float width = 1;
  Color color = {};
  std::vector<float> dash = {};
  std::vector<Color> colors = {};  ///< empty, or one for each segment (points - 1), instead of `color`
  bool closed = false;
};

/// What lies between two lines with the same x positions: point i of both belong together.
struct Area {
  std::vector<Point> upper = {}, lower = {};
  Color fill = {};
};

/// A rectangle, filled and then stroked centred on its edge; radius of the corners, half the side for a disc.
struct Box {
  Rect rect = {};
  float radius = 0;
  Color fill{0, 0, 0, 0};
  Color stroke{0, 0, 0, 0};
  float stroke_width = 0;
  std::vector<float> dash = {};
};

/// A filled convex polygon.
struct Polygon {
  std::vector<Point> points = {};
  Color fill = {};
};

/// A matrix of values as coloured cells of equal size with sharp edges (nearest sampling, never blurred).
struct Image {
  Rect rect = {};
  int rows = 0, columns = 0;
  std::shared_ptr<const std::vector<float>> values = {};  ///< (rows, columns) row by row, the top row first
  int table = 0;                                          ///< which of Scene::tables
  float low = 0, high = 1;                                ///< values of the table's two ends
  Color gap = {};                                         ///< for values that are not finite
};

/// One line of UTF-8 text. `at` is the left end of its baseline; rotation is in degrees, counter-clockwise
/// about `at`.
struct Text {
  std::string text = {};
  Point at = {};
  TextStyle style = {};
  Color color = {};
  float rotation = 0;
  float anchor = 0;  ///< what stays in place where a text is edited: 0 its start, 0.5 its middle, 1 its end
};

enum class MarkerShape { disc, square, diamond, triangle };

/// The same marker at many places. `size` is its diameter (side, diagonal).
struct Markers {
  MarkerShape shape = MarkerShape::disc;
  float size = 5;
  std::vector<Point> at = {};
  std::vector<Color> colors = {};  ///< one for all, or one for each place
};

using Primitive = std::variant<Polyline, Area, Box, Polygon, Image, Text, Markers>;

struct Item {
  Primitive shape = {};
  std::optional<Rect> clip = {};
};

/// A thing that can be pointed at: a valve, a node of a diagram.
struct Target {
  Rect rect = {};
  std::string name = {};  ///< "f": a channel's symbol
};

/// Where a panel's data came to lie, for pointing at it: painters ignore this.
struct Placement {
  int panel = 0;   ///< index in Figure::panels
  Rect plot = {};  ///< the data area
  Scale
      x = {},
      y = {};  ///< data to the fraction of the plot's width from the left, and of its height from the bottom
  std::vector<Rect>
      cells;  ///< of a text strip: the box of each character; empty boxes where nothing is shown
  std::vector<Target> targets = {};  ///< of a diagram
};

struct Scene {
  Size size = {};
  Color background = {};
  std::vector<ColorTable> tables = {};  ///< each color_table_size colours
  std::vector<Item> items = {};
  std::vector<Placement> placements = {};
  std::vector<std::string> left_out = {};  ///< what found no room, each once: "the caption"
};

/// The place in a color table of `size` colours for a finite value; every painter uses this rule.
inline int table_index(float value, float low, float high, int size = color_table_size) {
  // By halves, which are exact: a range may be wider than the largest float.
  const float fraction = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5f;
  const float index = std::floor(fraction * static_cast<float>(size));
  if (!(index > 0)) return 0;  // what is no number, too
  return index >= static_cast<float>(size) ? size - 1 : static_cast<int>(index);
}

}  // namespace gatescope::plot
